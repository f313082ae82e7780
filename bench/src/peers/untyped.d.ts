// Peers that come without types: as much of them as the bench uses.
declare module "ml-knn" {
  export default class KNN {
    constructor(samples: number[][], labels: number[], options: { k: number });
    predict(samples: number[][]): number[];
  }
}
declare module "tsne-js" {
  export default class TSNE {
    constructor(options: object);
    init(options: { data: number[][]; type: "dense" }): void;
    run(): [divergence: number, iterations: number];
  }
}
