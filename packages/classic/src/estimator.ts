/** What every estimator of this package does; a fitted model is another object, so that "not fitted" cannot happen. */
export abstract class Estimator<Options extends object> {
  readonly #options: Readonly<Options>;

  /** @param options - kept as given; checked in `fit` */
  constructor(options: Options) {
    this.#options = { ...options };
  }

  /** Returns the options as they were given. */
  getParams(): Options {
    return { ...this.#options };
  }

  /** Returns a new estimator of the same class with some options replaced. */
  withParams(changes: Partial<Options>): this {
    const Class = this.constructor as new (options: Options) => this;
    return new Class({ ...this.#options, ...changes });
  }

  /** Returns a new estimator with the same options. */
  clone(): this {
    return this.withParams({});
  }
}
