import { FormatError } from "@tensorloom/tensor";
import type { FittedModel, ModelClass } from "../fitted-model.ts";
import { readObject, record, type Fields, type ReadContext } from "./fields.ts";
import { models } from "./registry.ts";

// Made when it is first asked for, so that a bundle without fromJSON goes without the models that it does not name.
let byName: ReadonlyMap<string, ModelClass> | undefined;

// Pipelines of ensembles of pipelines go a few levels down; a file that goes further is meant to exhaust the stack.
const mostLevels = 32;

/**
 * Returns a model that `toJSON` wrote. Nothing in the file is evaluated, and classes are looked up among those of this
 * package alone.
 *
 * @param json - what `toJSON` returned, or its text
 * @param expected - the class that the model must be of; it also types the result
 * @throws `FormatError` for anything that `toJSON` does not write: another format or version, an unknown model, members
 * that are missing, of another kind, or not known
 *
 * @example
 * const model = await new DummyRegressor().fit([[1], [2]], [3, 5]);
 * const text = JSON.stringify(model);
 * (await fromJSON(text, DummyRegressorModel).predict([[0]])).toString(); // => [4]
 */
export function fromJSON<M extends FittedModel = FittedModel>(
  json: unknown,
  expected?: abstract new (...args: never[]) => M,
): M {
  const model = readModel(typeof json === "string" ? parsed(json) : json, "file", 1);
  if (expected === undefined || model instanceof expected) return model as M;
  throw new FormatError(
    `fromJSON: file: expected a ${expected.name}, got a ${model.constructor.name}`,
  );
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new FormatError("fromJSON: file: expected JSON, got other text", { cause });
  }
}

function readModel(json: unknown, path: string, level: number): FittedModel {
  const members = readObject(json, path, ["format", "version", "model", "state"]);
  const [format, version, name] = ["format", "version", "model"].map((key) => members.get(key));
  if (format !== "tensorloom-classic" || version !== 1) {
    throw new FormatError(
      `fromJSON: ${path}: expected format tensorloom-classic of version 1, got ${String(format)} of version ${String(version)}`,
    );
  }
  byName ??= new Map(models.map((known) => [known.schema.name, known]));
  const Class = byName.get(String(name));
  if (Class === undefined) {
    throw new FormatError(
      `fromJSON: ${path}.model: expected one of ${[...byName.keys()].join(", ")}, got ${String(name)}`,
    );
  }
  if (level > mostLevels) {
    throw new FormatError(
      `fromJSON: ${path}: expected at most ${mostLevels} models inside of each other, got more`,
    );
  }
  const context: ReadContext = {
    readModel: (inner, innerPath) => readModel(inner, innerPath, level + 1),
  };
  const state = record(Class.schema.fields as Fields<object>);
  return new Class(state.read(members.get("state"), Class.schema.name, context) as never);
}
