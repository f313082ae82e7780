import { FormatError, UnsupportedError, type TypedArray } from "@tensorloom/tensor";
import type { ShapedArray } from "../inputs.ts";
import type { FittedModel } from "../fitted-model.ts";
import type { Cell } from "../table.ts";
import { fromBase64, toBase64 } from "./base64.ts";

/** What JSON can hold. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** What a field needs to know of the rest of a file. */
export interface ReadContext {
  /** Reads a model inside of another. */
  readonly readModel: (json: unknown, path: string) => unknown;
}

/** How one part of a model's state is written and read: nothing is read that was not declared. */
export interface Field<T> {
  /** Returns the JSON of a value; `path` is named in errors. */
  write(value: T, path: string): Json;
  /** Returns the value of JSON; throws `FormatError` for JSON that is not of this kind. */
  read(json: unknown, path: string, context: ReadContext): T;
}

/** A field for each member of a state. */
export type Fields<State> = { readonly [Name in keyof State]-?: Field<State[Name]> };

function wrong(path: string, expected: string, json: unknown): FormatError {
  const got = typeof json === "object" ? JSON.stringify(json)?.slice(0, 40) : String(json);
  return new FormatError(`fromJSON: ${path}: expected ${expected}, got ${got}`);
}

/** A number; those that JSON lacks are written as text. */
export const number: Field<number> = {
  write: (value) => (Number.isFinite(value) ? value : String(value)),
  read(json, path) {
    if (json === "NaN" || json === "Infinity" || json === "-Infinity") return Number(json);
    if (typeof json === "number") return json;
    throw wrong(path, "a number", json);
  },
};

/** True or false. */
export const boolean: Field<boolean> = {
  write: (value) => value,
  read(json, path) {
    if (typeof json === "boolean") return json;
    throw wrong(path, "true or false", json);
  },
};

/** Any text. */
export const text: Field<string> = {
  write: (value) => value,
  read(json, path) {
    if (typeof json === "string") return json;
    throw wrong(path, "text", json);
  },
};

/** A cell of a table: a number, text, or nothing. */
export const cell: Field<Cell> = {
  write: (value) => (typeof value === "number" ? { number: number.write(value, "") } : value),
  read(json, path, context) {
    if (json === null || typeof json === "string") return json;
    return number.read(readObject(json, path, ["number"]).get("number"), path, context);
  },
};

/** What {@link plain} holds. */
export type PlainValue = string | number | boolean | null | readonly PlainValue[];

/** An option's value: plain data as it is, anything else as text that says what it was. */
export const plain: Field<PlainValue> = {
  write(value, path) {
    if (Array.isArray(value)) return value.map((member: PlainValue) => plain.write(member, path));
    const isPlain = value === null || ["string", "boolean"].includes(typeof value);
    if (typeof value === "number") return { number: number.write(value, path) };
    return isPlain ? (value as string | boolean | null) : String(value);
  },
  read(json, path, context) {
    if (Array.isArray(json)) return json.map((member) => plain.read(member, path, context));
    if (typeof json === "boolean") return json;
    return cell.read(json, path, context);
  },
};

/** One of some texts. A function in its place, such as a kernel of the user's own, cannot be saved. */
export function oneOf<T extends string>(...values: readonly T[]): Field<T> {
  return {
    write(value, path) {
      if (typeof value !== "function") return value;
      throw new UnsupportedError(
        `toJSON: ${path}: expected one of ${values.join(", ")}, got a function, which no file can hold`,
      );
    },
    read(json, path) {
      const found = values.find((value) => value === json);
      if (found !== undefined) return found;
      throw wrong(path, `one of ${values.join(", ")}`, json);
    },
  };
}

/** A field that may be undefined. */
export function optional<T>(field: Field<T>): Field<T | undefined> {
  return {
    write: (value, path) => (value === undefined ? null : field.write(value, path)),
    read: (json, path, context) => (json === null ? undefined : field.read(json, path, context)),
  };
}

/** An array of what another field holds. */
export function list<T>(field: Field<T>): Field<readonly T[]> {
  return {
    write: (values, path) => values.map((value, i) => field.write(value, `${path}[${i}]`)),
    read(json, path, context) {
      if (Array.isArray(json)) {
        return json.map((member, i) => field.read(member, `${path}[${i}]`, context));
      }
      throw wrong(path, "an array", json);
    },
  };
}

/** An object with exactly these members. */
export function record<T extends object>(fields: Fields<T>): Field<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return {
    write: (value, path) =>
      Object.fromEntries(
        names.map((name) => [name, fields[name].write(value[name], `${path}.${name}`)]),
      ),
    read(json, path, context) {
      const members = readObject(json, path, names);
      const read = names.map((name) => [
        name,
        fields[name].read(members.get(name), `${path}.${name}`, context),
      ]);
      return Object.fromEntries(read) as T;
    },
  };
}

/** Returns the members of a JSON object that has these names and no others. */
export function readObject(
  json: unknown,
  path: string,
  names: readonly string[],
): ReadonlyMap<string, unknown> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw wrong(path, `an object with ${names.join(", ")}`, json);
  }
  const members = new Map<string, unknown>(Object.entries(json));
  const unknown = [...members.keys()].find((name) => !names.includes(name));
  if (unknown !== undefined) throw wrong(path, `no members but ${names.join(", ")}`, unknown);
  const missing = names.find((name) => !members.has(name));
  if (missing !== undefined) throw wrong(`${path}.${missing}`, "a value", undefined);
  return members;
}

const arrays = { Float32Array, Float64Array, Int32Array, Uint8Array } as const;
type ArrayName = keyof typeof arrays;

/**
 * Numbers with a shape, in base64 and little-endian, as all machines of today have them.
 *
 * @param type - the typed array that holds them
 */
export function array<A extends TypedArray>(type: {
  readonly name: string;
  readonly prototype: A;
}): Field<ShapedArray<A>> {
  const name = (Object.keys(arrays) as ArrayName[]).find(
    (key) => arrays[key] === (type as unknown),
  )!;
  const Class = arrays[name];
  return {
    write: ({ data, shape }) => ({
      type: name,
      shape,
      base64: toBase64(new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
    }),
    read(json, path) {
      const members = readObject(json, path, ["type", "shape", "base64"]);
      if (members.get("type") !== name) throw wrong(`${path}.type`, name, members.get("type"));
      const shape = members.get("shape");
      const base64 = text.read(members.get("base64"), `${path}.base64`, noModels);
      if (!Array.isArray(shape) || !shape.every((n) => Number.isSafeInteger(n) && n >= 0)) {
        throw wrong(`${path}.shape`, "whole numbers", shape);
      }
      const sizes = shape as number[];
      const size = sizes.reduce((product, length) => product * length, 1);
      const bytes = fromBase64(base64, size * Class.BYTES_PER_ELEMENT, path);
      return { data: new Class(bytes.buffer) as unknown as A, shape: sizes };
    },
  };
}

const noModels: ReadContext = {
  readModel(_, path) {
    throw new FormatError(`fromJSON: ${path}: expected no model here`);
  },
};

/** A model inside of another: a pipeline's steps, an ensemble's members. */
export function modelOf<M extends FittedModel>(
  Class: abstract new (...args: never[]) => M,
): Field<M> {
  return {
    write: (value) => value.toJSON() as unknown as Json,
    read(json, path, context) {
      const found = context.readModel(json, path);
      if (found instanceof Class) return found;
      throw wrong(path, `a ${Class.name}`, (found as object).constructor.name);
    },
  };
}
