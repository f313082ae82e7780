import { isObject, malformed, member, type Json, type JsonObject } from "./model-json.ts";

const largest = 2 ** 31 - 1;

/** The options of one layer as its file has them: each is checked where it is read. */
export class Config {
  /** Which layer it is, for messages. */
  readonly place: string;
  readonly #values: JsonObject;

  /**
   * @param place - which layer it is, for messages
   * @param values - by name, in snake_case
   */
  constructor(place: string, values: JsonObject) {
    this.place = place;
    this.#values = values;
  }

  /** Returns an option as it stands; undefined where it is missing or null. */
  raw(key: string): Json | undefined {
    return member(this.#values, key);
  }

  /** Returns a finite number. */
  number(key: string, fallback?: number): number {
    const value = this.raw(key) ?? fallback;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw malformed(`${this.place}: ${key}`, "a number", value);
  }

  /** Returns a positive whole number. */
  count(key: string, fallback?: number): number {
    const value = this.raw(key) ?? fallback;
    if (isCount(value)) return value;
    throw malformed(`${this.place}: ${key}`, "a positive whole number", value);
  }

  /** Returns one positive whole number an axis; one alone counts for all. */
  counts(key: string, axes: number, fallback?: readonly number[]): number[] {
    const value = this.raw(key) ?? fallback;
    if (isCount(value)) return Array.from({ length: axes }, () => value);
    if (Array.isArray(value) && value.length === axes && value.every(isCount)) return [...value];
    throw malformed(`${this.place}: ${key}`, `${axes} positive whole numbers`, value);
  }

  /** Returns whether something holds. */
  flag(key: string, fallback: boolean): boolean {
    const value = this.raw(key) ?? fallback;
    if (typeof value === "boolean") return value;
    throw malformed(`${this.place}: ${key}`, "true or false", value);
  }

  /** Returns one of some texts. */
  choice<const Text extends string>(key: string, texts: readonly Text[], fallback: Text): Text {
    const value = this.raw(key) ?? fallback;
    const found = texts.find((text) => text === value);
    if (found !== undefined) return found;
    throw malformed(`${this.place}: ${key}`, `one of ${texts.join(", ")}`, value);
  }

  /** Returns whole numbers of 0 or more, or null for any, as shapes have them. */
  shape(key: string): (number | null)[] {
    const value = this.raw(key);
    const isShape =
      Array.isArray(value) &&
      value.length <= 8 &&
      value.every((size: Json) => size === null || size === -1 || size === 0 || isCount(size));
    if (isShape) return value.map((size: Json) => (size === -1 ? null : (size as number | null)));
    throw malformed(`${this.place}: ${key}`, "up to 8 sizes", value);
  }

  /** Returns the whole numbers of a list; one alone is a list of it. */
  integers(key: string, fallback?: readonly number[]): number[] {
    const value = this.raw(key) ?? fallback;
    const list = typeof value === "number" ? [value] : value;
    const isLegal = Array.isArray(list) && list.length <= 8 && list.every(Number.isSafeInteger);
    if (isLegal) return list as number[];
    throw malformed(`${this.place}: ${key}`, "whole numbers", value);
  }

  /** Returns pairs of whole numbers of 0 or more, one an axis, also from one number, or one an axis. */
  pairs(key: string, axes: number, fallback: number): [number, number][] {
    const value = this.raw(key) ?? fallback;
    const list = isSize(value) ? Array.from({ length: axes }, () => value) : value;
    const pairs = Array.isArray(list)
      ? list.map((one: Json) => (isSize(one) ? [one, one] : one) as Json)
      : [];
    const isLegal =
      pairs.length === axes &&
      pairs.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(isSize));
    if (isLegal) return pairs as unknown as [number, number][];
    throw malformed(`${this.place}: ${key}`, `${axes} pairs of whole numbers`, value);
  }

  /** Returns a layer inside: its class, and its options. */
  inner(key: string): { readonly className: string; readonly config: Config } {
    return layerIn(this.raw(key), `${this.place}: ${key}`);
  }

  /** Returns layers inside, each by its class and its options. */
  inners(key: string): { readonly className: string; readonly config: Config }[] {
    const value = this.raw(key);
    const place = `${this.place}: ${key}`;
    if (!Array.isArray(value)) throw malformed(place, "a list of layers", value);
    return value.map((one: Json, i) => layerIn(one, `${place}[${i}]`));
  }
}

function layerIn(
  value: Json | undefined,
  place: string,
): { readonly className: string; readonly config: Config } {
  const className = isObject(value) ? member(value, "class_name") : undefined;
  const config = isObject(value) ? member(value, "config") : undefined;
  if (typeof className !== "string" || !isObject(config)) throw malformed(place, "a layer", value);
  return { className, config: new Config(place, config) };
}

function isSize(value: unknown): value is number {
  return value === 0 || isCount(value);
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) <= largest;
}
