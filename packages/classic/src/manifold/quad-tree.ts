// Levels of the tree: so many bits of each coordinate.
const levels = 15;
const leafSize = 4;

/**
 * Points of the plane in squares that are cut in four, over and over: far squares act as one point (Barnes and Hut 1986). Nodes
 * lie in the order of a walk through the tree, each with the place of what comes after its subtree, so that a walk needs no
 * stack.
 */
export class QuadTree {
  /** The points in the order of the squares (Morton's), so that near ones lie together. */
  readonly #order: Float64Array;
  readonly #x: Float64Array;
  readonly #y: Float64Array;
  readonly #codes: Uint32Array;
  readonly #centerX: Float64Array;
  readonly #centerY: Float64Array;
  /** How many points; negative in leaves. */
  readonly #counts: Int32Array;
  /** The squared width of the square. */
  readonly #squares: Float64Array;
  /** Which node comes after the subtree. */
  readonly #after: Int32Array;
  readonly #first: Int32Array;
  #nodes = 0;

  /** @param count - how many points there will be */
  constructor(count: number) {
    this.#order = new Float64Array(count);
    this.#x = new Float64Array(count);
    this.#y = new Float64Array(count);
    this.#codes = new Uint32Array(count);
    // A node has at least two points, or is one of four of such a node.
    const most = 5 * count + levels;
    this.#centerX = new Float64Array(most);
    this.#centerY = new Float64Array(most);
    this.#counts = new Int32Array(most);
    this.#squares = new Float64Array(most);
    this.#after = new Int32Array(most);
    this.#first = new Int32Array(most);
  }

  /** Takes points, `[count, 2]`. */
  build(points: Float64Array): void {
    const count = this.#x.length;
    let [lowX, lowY, highX, highY] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < count; i++) {
      const [x, y] = [points[2 * i]!, points[2 * i + 1]!];
      lowX = Math.min(lowX, x);
      highX = Math.max(highX, x);
      lowY = Math.min(lowY, y);
      highY = Math.max(highY, y);
    }
    const width = Math.max(highX - lowX, highY - lowY) || 1;
    const scale = (2 ** levels * (1 - 2 ** -20)) / width;
    for (let i = 0; i < count; i++) {
      const code = spread((points[2 * i]! - lowX) * scale) + 2 * spread((points[2 * i + 1]! - lowY) * scale); // prettier-ignore
      // The code above, the point's number below: sorted together, as exact numbers of 53 bits.
      this.#order[i] = code * 2 ** 23 + i;
    }
    this.#order.sort();
    for (let place = 0; place < count; place++) {
      const key = this.#order[place]!;
      const code = Math.floor(key / 2 ** 23);
      const i = key - code * 2 ** 23;
      this.#codes[place] = code;
      this.#order[place] = i;
      this.#x[place] = points[2 * i]!;
      this.#y[place] = points[2 * i + 1]!;
    }
    this.#nodes = 0;
    this.#add(0, count, 0, width);
  }

  /** Adds the node of points from `begin` to `end`, which share so many levels, and its subtree. */
  #add(begin: number, end: number, level: number, width: number): void {
    const node = this.#nodes++;
    let [sumX, sumY] = [0, 0];
    for (let i = begin; i < end; i++) {
      sumX += this.#x[i]!;
      sumY += this.#y[i]!;
    }
    const count = end - begin;
    const isLeaf = count <= leafSize || level === levels;
    this.#centerX[node] = sumX / count;
    this.#centerY[node] = sumY / count;
    this.#counts[node] = isLeaf ? -count : count;
    this.#squares[node] = width * width;
    this.#first[node] = begin;
    if (!isLeaf) {
      const shift = 2 * (levels - 1 - level);
      for (let from = begin; from < end;) {
        const quarter = this.#codes[from]! >>> shift;
        let to = from + 1;
        while (to < end && this.#codes[to]! >>> shift === quarter) to++;
        this.#add(from, to, level + 1, width / 2);
        from = to;
      }
    }
    this.#after[node] = this.#nodes;
  }

  /**
   * Writes what pushes each point away, `Σ q² (point - other)` with `q = 1 / (1 + distance²)`, into `forces [count, 2]`, and
   * returns the sum of all q. Squares that are narrower than `angle` times their distance act as one point.
   */
  repulsion(angle: number, forces: Float64Array): number {
    const [x, y, after, counts] = [this.#x, this.#y, this.#after, this.#counts];
    const [centerX, centerY, squares, first] = [this.#centerX, this.#centerY, this.#squares, this.#first]; // prettier-ignore
    const nodes = this.#nodes;
    const limit = angle * angle;
    let total = 0;
    for (let place = 0; place < x.length; place++) {
      const [ownX, ownY] = [x[place]!, y[place]!];
      let [forceX, forceY, sum] = [0, 0, 0];
      let node = 0;
      while (node < nodes) {
        const count = counts[node]!;
        if (count > 0) {
          const dx = ownX - centerX[node]!;
          const dy = ownY - centerY[node]!;
          const distance = dx * dx + dy * dy;
          if (squares[node]! >= limit * distance) {
            node++;
            continue;
          }
          const q = 1 / (1 + distance);
          const weight = count * q * q;
          sum += count * q;
          forceX += weight * dx;
          forceY += weight * dy;
        } else {
          const from = first[node]!;
          for (let other = from; other < from - count; other++) {
            const dx = ownX - x[other]!;
            const dy = ownY - y[other]!;
            const q = 1 / (1 + dx * dx + dy * dy);
            sum += q;
            forceX += q * q * dx;
            forceY += q * q * dy;
          }
        }
        node = after[node]!;
      }
      const i = this.#order[place]!;
      forces[2 * i] = forceX;
      forces[2 * i + 1] = forceY;
      // Less its own.
      total += sum - 1;
    }
    return total;
  }
}

/** Spreads 15 bits so that there is a zero before each. */
function spread(value: number): number {
  let bits = value | 0;
  bits = (bits | (bits << 8)) & 0x00ff00ff;
  bits = (bits | (bits << 4)) & 0x0f0f0f0f;
  bits = (bits | (bits << 2)) & 0x33333333;
  return (bits | (bits << 1)) & 0x55555555;
}
