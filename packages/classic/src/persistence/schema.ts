import type { Fields } from "./fields.ts";

/** A model's name in files, and a field for each member of its state: declared once, beside the model. */
export interface Schema<State> {
  /** The name in files: the class's own, which a minifier may change. */
  readonly name: string;
  /** How the state is written and read. */
  readonly fields: Fields<State>;
}
