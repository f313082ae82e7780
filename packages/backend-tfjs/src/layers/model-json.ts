import { ArgumentError, FormatError } from "@tensorloom/tensor";

/** What JSON can say. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** An object of JSON. Nothing is known of its members. */
export interface JsonObject {
  readonly [key: string]: Json;
}

// A hostile model must stay cheap to refuse. Each model inside another takes four levels.
const maxCharacters = 100_000_000;
const maxDepth = 100;
const maxValues = 5_000_000;

/** Returns the error for something that a model.json must not say. */
export function malformed(place: string, expected: string, got: unknown): FormatError {
  return new FormatError(`fromTfjsLayers: ${place}: expected ${expected}, got ${shown(got)}`);
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** Returns a member of an object that is its own; undefined also where it is null. */
export function member(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? (object[key] ?? undefined) : undefined;
}

/** Tells whether something is an object and no list. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns something as an object. */
export function objectOf(place: string, value: Json | undefined): JsonObject {
  if (isObject(value)) return value;
  throw malformed(place, "an object", value);
}

/** Returns something as a list. */
export function listOf(place: string, value: Json | undefined): readonly Json[] {
  if (Array.isArray(value)) return value as readonly Json[];
  throw malformed(place, "a list", value);
}

/** Returns something as a text that is not empty. */
export function textOf(place: string, value: Json | undefined): string {
  if (typeof value === "string" && value !== "" && value.length <= 4096) return value;
  throw malformed(place, "a text of 1 to 4096 characters", value);
}

/** Returns a model.json, given as text or already parsed, if it is plain and not too deep. */
export function parseModelJson(given: unknown): JsonObject {
  const parsed = typeof given === "string" ? parse(given) : given;
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new ArgumentError(
      `fromTfjsLayers: modelJson: expected what is in a model.json, as an object or as text, got ${shown(parsed)}`,
    );
  }
  checkPlain(parsed);
  return parsed as JsonObject;
}

function parse(text: string): unknown {
  if (text.length > maxCharacters) {
    throw new FormatError(
      `fromTfjsLayers: modelJson: expected at most ${maxCharacters} characters, got ${text.length}`,
    );
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`fromTfjsLayers: modelJson: expected JSON, got ${shown(text)}`, {
      cause,
    });
  }
}

/** Walks over everything without recursion: what refers to itself is too deep as well. */
function checkPlain(root: object): void {
  let level: object[] = [root];
  let seen = 1;
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > maxDepth) throw malformed("modelJson", `at most ${maxDepth} levels`, "more");
    const next: object[] = [];
    for (const holder of level) {
      // Weights in typed arrays lie beside the model, not in it.
      if (ArrayBuffer.isView(holder) || holder instanceof ArrayBuffer) continue;
      for (const [key, value] of Object.entries(holder)) {
        if (key === "__proto__") throw malformed("modelJson", "ordinary keys", key);
        if (++seen > maxValues) throw malformed("modelJson", `at most ${maxValues} values`, "more");
        if (typeof value === "object" && value !== null) next.push(value as object);
      }
    }
    level = next;
  }
}
