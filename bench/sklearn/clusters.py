"""scikit-learn's side of bench/src/classic/clusters.ts."""

from serve import serve
from sklearn.cluster import DBSCAN, KMeans
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import NearestNeighbors


def k_means(a):
    model = KMeans(16, init=a["starts"], n_init=1, max_iter=20, tol=0, algorithm="lloyd").fit(a["points"])
    return [model.inertia_]


def k_means_plus_plus(a):
    return [KMeans(16, n_init=1, max_iter=20, tol=0, algorithm="lloyd", random_state=0).fit(a["points"]).n_iter_]


def pca(a):
    return PCA(8, svd_solver="full").fit(a["wide"]).explained_variance_


def neighbors(a):
    return NearestNeighbors(n_neighbors=5, algorithm="brute").fit(a["train"]).kneighbors(a["queries"])[0]


def tree(a):
    return NearestNeighbors(n_neighbors=5, algorithm="kd_tree").fit(a["flat"]).kneighbors(a["flatQueries"])[0]


def tsne(a):
    return [TSNE(2, init="pca", learning_rate="auto", random_state=0).fit(a["digits"]).kl_divergence_]


def dbscan(a):
    return [DBSCAN(eps=0.3, min_samples=10).fit(a["flat"]).labels_.max()]


def mixture(a):
    return [GaussianMixture(8, max_iter=20, tol=0, random_state=0).fit(a["points"][:20000]).lower_bound_]


serve({
    "kMeans": k_means, "kMeans++": k_means_plus_plus, "pca": pca, "neighbors": neighbors, "tree": tree, "tsne": tsne,
    "dbscan": dbscan, "mixture": mixture,
})
