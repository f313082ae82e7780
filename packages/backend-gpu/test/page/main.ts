// Runs in a page: what browser.test.ts asks for is called by name.
import { wasm } from "@tensorloom/backend-cpu";
import { conformanceTests, defaultUnits, type Pair } from "@tensorloom/conformance";
import { loadDigits } from "@tensorloom/data";
import { Conv2d, crossEntropy, Flatten, Linear, MaxPool2d, ReLU, Sequential } from "@tensorloom/nn";
import { Adam } from "@tensorloom/optim";
import * as tl from "@tensorloom/tensor";
import { reference } from "@tensorloom/tensor/reference";
import { webgpu } from "../../src/index.ts";

/** Runs the conformance suite; what the backend lacks is counted by reason. */
async function conformance(): Promise<object> {
  const backend = webgpu();
  await tl.use(backend);
  const pair: Pair = {
    backend,
    reference: reference(),
    units: defaultUnits,
    // Found by the suite itself in Node; here the one test that needs them is left out.
    keepsSubnormals: false,
  };
  const failed: string[] = [];
  let passed = 0;
  let skipped = 0;
  for (const { id, needs, run } of conformanceTests()) {
    const hasTypes = (needs.dtypes ?? []).every((dtype) => backend.dtypes.includes(dtype));
    if (!hasTypes || needs.host === true || needs.subnormals === true) {
      skipped++;
      continue;
    }
    try {
      await run(pair);
      passed++;
    } catch (error) {
      failed.push(`${id}: ${String(error)}`);
    }
  }
  return { passed, skipped, failed, features: backend.info().features };
}

/** Tensors that outlive switches between backends, in both directions. */
async function switching(): Promise<object> {
  await tl.use(wasm({ threads: 1 }));
  await tl.use(webgpu());
  const w = new tl.Parameter(tl.tensor([1, 2, 3]), "w");
  await tl.use("wasm");
  const here = tl.tensor([1, 1, 1]);
  const gradient = tl.grad((x) => x.mul(w.value).square().sum())(here);
  const back = await gradient.to("wasm");
  w.assign(await w.value.to("wasm"));
  return {
    gradientOn: gradient.backend,
    values: Array.from(await gradient.data()),
    afterwards: Array.from(back.add(w.value).dataSync()),
    isIsolated: crossOriginIsolated,
  };
}

/** Trains a small network on the handwritten digits. */
async function digits(): Promise<object> {
  const backend = await tl.use(webgpu());
  const { data, target } = await loadDigits();
  const [images, labels] = await Promise.all([data.data(), target.data()]);
  const count = 1024;
  const model = new Sequential(
    ...[new Conv2d(1, 8, 3, { padding: "same" }), new ReLU(), new MaxPool2d(2)],
    ...[new Flatten(), new Linear(128, 10)],
  );
  const optimizer = new Adam(model, { learningRate: 1e-2 });
  const losses: number[] = [];
  for (let step = 0; step < 48; step++) {
    const from = (step * 64) % count;
    const x = tl.tensor(Float32Array.from(images.subarray(from * 64, (from + 64) * 64), (v) => v / 16), { shape: [64, 8, 8, 1] }); // prettier-ignore
    const y = tl.tensor(Int32Array.from(labels.subarray(from, from + 64)));
    const loss = optimizer.minimize(() => crossEntropy(model.forward(x), y));
    losses.push(await loss.itemAsync());
    for (const one of [x, y, loss]) one.dispose();
  }
  const rest = tl.tensor(
    Float32Array.from(images.subarray(count * 64), (v) => v / 16),
    {
      shape: [labels.length - count, 8, 8, 1],
    },
  );
  const predicted = await tl.tidy(() => model.forward(rest).argmax(1)).data();
  const right = predicted.filter((label, i) => label === labels[count + i]).length;
  return {
    backend: backend.name,
    first: losses[0],
    last: losses.at(-1),
    accuracy: right / predicted.length,
  };
}

/** What a page is told where there is no WebGPU. */
async function unavailable(): Promise<object> {
  try {
    await tl.use(webgpu());
    return { code: "none" };
  } catch (error) {
    const { code, message } = error as { readonly code: string; readonly message: string };
    return { code, message };
  }
}

Object.assign(globalThis, { conformance, switching, digits, unavailable });
