/** Blocks up to this size come in size classes and are reused whole. */
const largestClass = 2 ** 20;
const alignment = 64;
// Classes up to here are the multiples of the alignment.
const smallest = 4 * alignment;

interface FreeBlock {
  begin: number;
  end: number;
}

/**
 * Hands out ranges of a growing address space. Small sizes are rounded up to a class (four to each doubling, at most a
 * quarter wasted) and reused in constant time; large ones are cut first-fit from a list of free ranges, where neighbours
 * merge again when they are given back.
 */
export class Allocator {
  readonly #classes = new Map<number, number[]>();
  readonly #free: FreeBlock[] = [];
  readonly #limit: number;
  #end: number;
  #used = 0;

  /**
   * @param begin - the first address that may be handed out
   * @param limit - the address after the last
   */
  constructor(begin: number, limit: number) {
    this.#end = Math.ceil(begin / alignment) * alignment;
    this.#limit = limit;
  }

  /** The address after the last that is handed out, or kept for its size: memory must reach so far. */
  get end(): number {
    return this.#end;
  }

  /** Bytes handed out now, rounding included. */
  get used(): number {
    return this.#used;
  }

  /** Returns the size that a block of `size` bytes really has. */
  static roundedSize(size: number): number {
    if (size <= smallest) return Math.max(alignment, (size + alignment - 1) & -alignment);
    const least = Math.ceil(size / alignment) * alignment;
    if (least > largestClass) return Math.ceil(least / 4096) * 4096;
    // A quarter of the largest power of two that is not above.
    const quarter = Math.max(alignment, 2 ** (29 - Math.clz32(least)));
    return Math.ceil(least / quarter) * quarter;
  }

  /** Returns the address of a block of at least `size` bytes, a multiple of 64; undefined if there is no room. */
  allocate(size: number): number | undefined {
    const rounded = Allocator.roundedSize(size);
    const reused = rounded > largestClass ? this.#cut(rounded) : this.#classes.get(rounded)?.pop();
    let address = reused ?? this.#extend(rounded);
    if (address === undefined) {
      this.compact();
      address = this.#cut(rounded) ?? this.#extend(rounded);
    }
    if (address !== undefined) this.#used += rounded;
    return address;
  }

  /** Takes back a block of `size` bytes, the size it was asked for with. */
  free(address: number, size: number): void {
    const rounded = Allocator.roundedSize(size);
    this.#used -= rounded;
    if (rounded > largestClass) {
      this.#merge(address, address + rounded);
      return;
    }
    const list = this.#classes.get(rounded);
    if (list === undefined) this.#classes.set(rounded, [address]);
    else list.push(address);
  }

  /** Makes blocks that are kept for their size free for any; those at the end are given up. */
  compact(): void {
    for (const [size, list] of this.#classes) {
      for (const address of list) this.#merge(address, address + size);
    }
    this.#classes.clear();
  }

  #extend(size: number): number | undefined {
    const begin = this.#end;
    if (begin + size > this.#limit) return undefined;
    this.#end = begin + size;
    return begin;
  }

  #cut(size: number): number | undefined {
    const place = this.#free.findIndex(({ begin, end }) => end - begin >= size);
    if (place < 0) return undefined;
    const block = this.#free[place]!;
    const { begin } = block;
    block.begin += size;
    if (block.begin === block.end) this.#free.splice(place, 1);
    return begin;
  }

  #merge(begin: number, end: number): void {
    let place = this.#free.findIndex((block) => block.begin > begin);
    if (place < 0) place = this.#free.length;
    const before = this.#free[place - 1];
    const after = this.#free[place];
    const joinsBefore = before?.end === begin;
    const joinsAfter = after?.begin === end;
    if (joinsBefore && joinsAfter) {
      before!.end = after!.end;
      this.#free.splice(place, 1);
    } else if (joinsBefore) before!.end = end;
    else if (joinsAfter) after!.begin = begin;
    else this.#free.splice(place, 0, { begin, end });
    // What lies free at the very end was never handed out.
    if (this.#free.at(-1)!.end === this.#end) this.#end = this.#free.pop()!.begin;
  }
}
