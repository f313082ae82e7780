// What a stranger's model.json may say: every refusal comes before anything is allocated.
import { cpu } from "@tensorloom/backend-cpu";
import { memory, use } from "@tensorloom/tensor";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fromTfjsLayers } from "../src/index.ts";

beforeAll(async () => void (await use(cpu())));

type Any = Record<string, unknown>;

const kernel = { name: "d/kernel", shape: [2, 3], dtype: "float32" };
const bias = { name: "d/bias", shape: [3], dtype: "float32" };
const dense = { name: "d", units: 3, batch_input_shape: [null, 2] };
const path = "group1-shard1of1.bin";

/** A model of one layer, with some of it replaced. */
function model(
  change: { config?: Any; weights?: unknown; paths?: unknown; topology?: unknown } = {},
): Any {
  const { config = {}, weights = [kernel, bias], paths = [path], topology } = change;
  const layer = { class_name: "Dense", config: { ...dense, ...config } };
  return {
    modelTopology: topology ?? { class_name: "Sequential", config: { layers: [layer] } },
    weightsManifest: [{ paths, weights }],
  };
}
const bytes = (count = 36): ArrayBuffer => new ArrayBuffer(count);

let before: ReturnType<typeof memory>;
beforeEach(() => {
  before = memory();
});

async function refuses(
  json: string | object,
  message: string,
  data: Parameters<typeof fromTfjsLayers>[1] = bytes(),
  code = "FORMAT",
): Promise<void> {
  await expect(fromTfjsLayers(json, data)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message) as string,
  });
  expect(memory()).toEqual(before);
}

test("the model itself is read", async () => {
  expect((await fromTfjsLayers(model(), bytes())).parameters()).toHaveLength(2);
});

describe("paths that lead out of the model's folder", () => {
  const paths = [
    ...[
      "../secret.bin",
      "a/../../b.bin",
      "/etc/passwd",
      "..",
      ".",
      "./a.bin",
      "a//b.bin",
      "a/",
      "",
    ],
    ...[
      "https://example.org/a.bin",
      "//example.org/a.bin",
      "file:///a.bin",
      "C:\\a.bin",
      "a\\..\\b.bin",
    ],
    ...[
      "%2e%2e/a.bin",
      "a%2fb.bin",
      "a.bin?x=1",
      "a.bin#x",
      "a\u0000.bin",
      "a\n.bin",
      "x".repeat(5000),
    ],
  ];
  for (const one of paths) {
    test(JSON.stringify(one).slice(0, 40), async () => {
      let asked = 0;
      await refuses(
        model({ paths: [one] }),
        "weightsManifest: group 0: path: expected",
        async () => {
          asked++;
          return bytes();
        },
      );
      await refuses(model({ paths: [one] }), "path: expected");
      expect(asked).toBe(0);
    });
  }
  test("no text, no list, twice the same", async () => {
    await refuses(model({ paths: [5] }), "path: expected a text");
    await refuses(model({ paths: "a.bin" }), "paths: expected a list");
    await refuses(model({ paths: ["a.bin", "a.bin"] }), "paths: expected each once");
  });
});

describe("weights that are not what they say", () => {
  const withKernel = (change: Any): Any => model({ weights: [{ ...kernel, ...change }, bias] });
  const cases: [string, Any, string][] = [
    [
      "a negative size",
      { shape: [-2, 3] },
      'weight "d/kernel": shape: expected up to 8 whole numbers',
    ],
    ["half a size", { shape: [1.5, 4] }, "shape: expected up to 8 whole numbers"],
    ["a size as text", { shape: ["2", 3] }, "shape: expected up to 8 whole numbers"],
    ["a size that is no number", { shape: [null, 3] }, "shape: expected up to 8 whole numbers"],
    [
      "a huge size",
      { shape: [2 ** 40, 3] },
      "shape: expected up to 8 whole numbers of 0 to 2147483647",
    ],
    [
      "sizes whose product is beyond all",
      { shape: [2 ** 30, 2 ** 30] },
      "shape: expected a size that memory can have",
    ],
    [
      "a size of more than there is",
      { shape: [2 ** 29, 3] },
      "expected 6442450956 bytes, as the manifest says, got 36",
    ],
    ["many axes", { shape: Array.from({ length: 9 }, () => 1) }, "shape: expected up to 8"],
    ["no shape", { shape: undefined }, "shape: expected a list, got nothing"],
    [
      "another shape than the layer's",
      { shape: [3, 2] },
      'weight "d/kernel": shape: expected [any, 3] for its layer, got [3,2]',
    ],
    ["another dtype", { dtype: "float8" }, "dtype: expected one of float32, int32, bool, uint8"],
    ["a dtype of TensorFlow.js that no layer has", { dtype: "string" }, 'got "string"'],
    ["a dtype called constructor", { dtype: "constructor" }, 'got "constructor"'],
    [
      "unknown quantisation",
      { quantization: { dtype: "uint4", scale: 1, min: 0 } },
      "quantization: expected",
    ],
    [
      "quantisation without scale",
      { quantization: { dtype: "uint8", min: 0 } },
      "quantization: expected numbers scale and min",
    ],
    [
      "half floats of whole numbers",
      { dtype: "int32", quantization: { dtype: "float16" } },
      "quantization: expected",
    ],
    ["no name", { name: "" }, "name: expected a text"],
    ["a name of 10,000 characters", { name: "x".repeat(10_000) }, "name: expected a text"],
  ];
  for (const [name, change, message] of cases) {
    test(name, () => refuses(withKernel(change), message));
  }
  test("missing, unknown, twice", async () => {
    await refuses(model({ weights: [kernel] }), "missing: d/bias; unknown: none");
    await refuses(
      model({ weights: [kernel, bias, { ...bias, name: "e/bias" }] }),
      "missing: none; unknown: e/bias",
    );
    await refuses(model({ weights: [kernel, bias, bias] }), 'expected each once, got "d/bias"');
    await refuses(
      model({ weights: [kernel, bias, { ...bias, name: "d/cell/bias" }] }),
      "unknown: d/cell/bias",
    );
    await refuses(
      model({ weights: [kernel, { ...bias, name: "__proto__" }] }),
      "unknown: __proto__",
    );
  });
  test("other sizes than the shards'", async () => {
    await refuses(model(), "weights: expected 36 bytes, as the manifest says, got 35", bytes(35));
    await refuses(model(), "got 37", bytes(37));
    await refuses(model(), "got 0", []);
    const two = model({ paths: ["a.bin", "b.bin"] });
    await refuses(two, "a.bin, b.bin: expected 36 bytes, as the manifest says, got 40", [
      bytes(20),
      bytes(20),
    ]);
    await refuses(two, "got 30", async () => bytes(15));
    await refuses(model(), "weights: shard 0: expected an ArrayBuffer", [5 as never], "ARGUMENT");
    await refuses(
      model(),
      `${path}: expected an ArrayBuffer`,
      async () => "x" as never,
      "ARGUMENT",
    );
  });
  test("what a loader throws comes through", async () => {
    const failing = async (): Promise<never> => {
      throw new Error("no such file");
    };
    await expect(fromTfjsLayers(model(), failing)).rejects.toThrow("no such file");
  });
});

describe("JSON", () => {
  test("that is none, or nothing of a model", async () => {
    await refuses("{", "modelJson: expected JSON");
    await refuses("[]", "modelJson: expected what is in a model.json", bytes(), "ARGUMENT");
    await refuses("5", "modelJson: expected what is in a model.json", bytes(), "ARGUMENT");
    await refuses({}, "modelTopology: class_name: expected a text");
    await refuses(
      model({ topology: { class_name: "GraphDef", config: {} } }),
      "class_name: expected Sequential, Model or Functional",
    );
    await refuses({ modelTopology: model()["modelTopology"] }, "weightsManifest: expected a list");
  });
  test("too deep: brackets, models in models, an object in itself", async () => {
    await refuses(
      `{"modelTopology":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
      "modelJson: expected at most 100 levels",
    );
    let nested: unknown = { class_name: "Dense", config: dense };
    for (let i = 0; i < 40; i++)
      nested = { class_name: "Sequential", config: { name: `s${i}`, layers: [nested] } };
    await refuses(model({ topology: nested }), "modelJson: expected at most 100 levels");
    const loop: Any = model();
    loop["self"] = loop;
    await refuses(loop, "modelJson: expected at most 100 levels");
  });
  test("of as many values as memory holds", async () => {
    const shared = Array.from({ length: 1000 }, () => 1);
    const wide = Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => shared));
    await refuses({ ...model(), wide }, "modelJson: expected at most 5000000 values");
  });
  test("with keys that reach prototypes", async () => {
    const text = JSON.stringify(model());
    await refuses(
      text.replace('"units":3', '"units":3,"__proto__":{"use_bias":false}'),
      "modelJson: expected ordinary keys",
    );
    await refuses(
      text.replace('"units":3', '"unit":3'),
      "units: expected a positive whole number, got nothing",
    );
    await refuses(
      text.replace('"Dense"', '"constructor"'),
      'got constructor "d"',
      bytes(),
      "UNSUPPORTED",
    );
    expect(({} as Any)["use_bias"]).toBeUndefined();
  });
});

describe("layers", () => {
  test("that there are no modules for are all named", async () => {
    const layers = [
      { class_name: "Attention", config: { name: "a" } },
      { class_name: "GRU", config: { name: "b", units: 2, stateful: true } },
      { class_name: "GlobalAveragePooling2D", config: { name: "c", keepdims: true } },
      {
        class_name: "TimeDistributed",
        config: { name: "e", layer: { class_name: "Lambda", config: {} } },
      },
    ];
    const inner = { class_name: "Sequential", config: { name: "s", layers: layers.slice(2) } };
    const topology = {
      class_name: "Sequential",
      config: { layers: [...layers.slice(0, 2), inner] },
    };
    await refuses(
      model({ topology }),
      'got Attention "a", GRU "b" (stateful), GlobalAveragePooling2D "c" (keepdims), TimeDistributed "e" (Lambda); there are modules for InputLayer, Dense',
      bytes(),
      "UNSUPPORTED",
    );
  });
  test("with options that are none", async () => {
    const cases: [Any, string][] = [
      [{ units: -1 }, 'layer "d" (Dense): units: expected a positive whole number, got -1'],
      [{ units: 1e300 }, "units: expected a positive whole number"],
      [{ units: "3" }, "units: expected a positive whole number"],
      [{ use_bias: 1 }, "use_bias: expected true or false"],
      [{ activation: "eval" }, "activation: expected one of linear, relu"],
      [{ activation: { class_name: "relu" } }, "activation: expected one of linear"],
      [{ batch_input_shape: [null, 2.5] }, "batch_input_shape: expected up to 8 sizes"],
    ];
    for (const [config, message] of cases) await refuses(model({ config }), message);
    const cells: [Any, string][] = [
      [{}, "cell: expected a layer, got {}"],
      [{ class_name: "StackedRNNCells", config: {} }, "cell: cells: expected a list of layers"],
      [{ class_name: "StackedRNNCells", config: { cells: [1] } }, "cells[0]: expected a layer"],
    ];
    for (const [cell, message] of cells) {
      const layer = { class_name: "RNN", config: { name: "r", cell } };
      const topology = { class_name: "Sequential", config: { layers: [layer] } };
      await refuses(model({ topology }), message);
    }
  });
  test("of one name", async () => {
    const layer = { class_name: "Dense", config: dense };
    await refuses(
      model({ topology: { class_name: "Sequential", config: { layers: [layer, layer] } } }),
      'layers: expected names that differ, got "d"',
    );
    await refuses(
      model({ topology: { class_name: "Sequential", config: { layers: [] } } }),
      "layers: expected one or more",
    );
    const inside = { class_name: "Sequential", config: { name: "s", layers: [layer] } };
    await refuses(
      model({ topology: { class_name: "Sequential", config: { layers: [layer, inside] } } }),
      'expected weights whose names differ, got "d/kernel"',
    );
  });
});

describe("graphs", () => {
  const input = {
    class_name: "InputLayer",
    name: "in",
    config: { name: "in", batch_input_shape: [null, 2] },
    inbound_nodes: [],
  };
  const add = (name: string, ...from: string[]): Any => ({
    class_name: "Add",
    name,
    config: { name },
    inbound_nodes: [from.map((one) => [one, 0, 0, {}])],
  });
  const graph = (
    layers: unknown[],
    outputs: unknown = [["a", 0, 0]],
    inputs: unknown = [["in", 0, 0]],
  ): Any =>
    model({
      topology: {
        class_name: "Model",
        config: { layers, input_layers: inputs, output_layers: outputs },
      },
      weights: [],
    });

  test("with cycles", async () => {
    await refuses(
      graph([input, add("a", "in", "b"), add("b", "a")]),
      "expected a graph without cycles, got one among a, b",
      [],
    );
    await refuses(graph([input, add("a", "a")]), "got one among a", []);
  });
  test("of 20,000 layers are walked without recursion", async () => {
    const chain = Array.from({ length: 20_000 }, (_, i) =>
      add(`l${i}`, i === 0 ? "in" : `l${i - 1}`),
    );
    const last = chain.length - 1;
    const long = await fromTfjsLayers(
      graph([input, ...chain.toReversed()], [[`l${last}`, 0, 0]]),
      [],
    );
    expect(long.namedChildren()).toHaveLength(20_001);
    await refuses(
      graph([input, ...chain, add("a", `l${last}`, "b"), add("b", "a")]),
      "without cycles",
      [],
    );
  });
  test("whose references lead nowhere", async () => {
    await refuses(
      graph([input, add("a", "in", "nobody")]),
      "inbound_nodes: expected [layer, use, output]",
      [],
    );
    await refuses(
      graph([input, { ...add("a"), inbound_nodes: [[["in", 7, 0, {}]]] }]),
      "inbound_nodes: expected uses that there are",
      [],
    );
    await refuses(
      graph([input, { ...add("a"), inbound_nodes: [[["in", -1, 0, {}]]] }]),
      "expected [layer, use, output]",
      [],
    );
    await refuses(
      graph([input, { ...add("a"), inbound_nodes: [[["in", 0, 0, { initial_state: [1] }]]] }]),
      "expected calls without arguments of their own",
      [],
    );
    await refuses(
      graph([input, add("a", "in")], [["b", 0, 0]]),
      "output_layers: expected [layer, use, output]",
      [],
    );
    await refuses(
      graph([input, add("a", "in")], [["a", 3, 0]]),
      "output_layers: expected a layer that is used",
      [],
    );
    await refuses(graph([input, add("a", "in")], []), "output_layers: expected one or more", []);
    await refuses(
      graph([input, add("a", "in")], [["a", 0, 0]], []),
      "input_layers: expected each layer that is applied to nothing, once",
      [],
    );
    await refuses(
      graph([input, add("a")]),
      "inbound_nodes: expected something to be applied to",
      [],
    );
  });
  test("that take an output that there is not", async () => {
    await refuses(
      graph([input, { ...add("a"), inbound_nodes: [[["in", 0, 1, {}]]] }]),
      "expected an output that there is, got 1",
      [],
    );
    await refuses(
      graph([input, add("a", "in")], [["a", 0, 5]]),
      "expected an output that there is, got 5",
      [],
    );
  });
});
