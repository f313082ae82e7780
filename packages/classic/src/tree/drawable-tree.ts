import type { TreeData } from "./tree-data.ts";

/** What can be written as text or drawn: a fitted tree of classes or of values. */
export interface DrawableTree {
  /** The nodes. */
  readonly tree: TreeData;
  /** The classes, ascending; undefined for trees of values. */
  readonly classes?: readonly number[];
}
