// Operations follow their data: whichever backend is the current one, they run where their tensors are, gradients included,
// and never wait for a device.
import * as tl from "@tensorloom/tensor";
import { deriveBackend, type Backend } from "@tensorloom/tensor/backend";
import { reference } from "@tensorloom/tensor/reference";
import { beforeAll, describe, expect, test } from "vitest";
import { uniformSamples } from "../src/samples.ts";
import { gradientCases, type GradientCase } from "../src/suites/gradient-cases.ts";

const host = reference();
/** The reference's kernels on memory that can only be awaited. */
const withoutReading: object = { readSync: undefined, hostMemory: undefined };
const device: Backend = deriveBackend(reference(), { name: "device", ...withoutReading });

beforeAll(async () => {
  await tl.use(device);
  await tl.use(host);
});

const make = ({ shapes, range }: GradientCase): tl.Tensor[] =>
  shapes.map((shape, n) => {
    const size = shape.reduce((product, length) => product * length, 1);
    return tl.tensor(uniformSamples(size, 40 + n, range), { shape });
  });

/** Value and gradients of a case whose data is born on one backend, computed while another is the current one. */
async function run(one: GradientCase, data: Backend, current: Backend): Promise<number[][]> {
  const xs = tl.withBackend(data, () => make(one));
  const { value, gradients } = tl.withBackend(current, () =>
    tl.valueAndGrad((...args: tl.Tensor[]) => one.f(...args).sum())(...xs),
  );
  const all = [value, ...gradients];
  expect(all.map((x) => x.backend)).toEqual(all.map(() => data.name));
  const lists = await Promise.all(all.map(async (x) => Array.from(await x.data())));
  for (const x of [...xs, ...all]) x.dispose();
  return lists;
}

describe.each(gradientCases.map((one) => [one.name, one] as const))("%s", (_, one) => {
  test("data on the host, a device in use", async () => {
    expect(await run(one, host, device)).toEqual(await run(one, host, host));
  });
  test.skipIf(one.host)("data on a device, the host in use", async () => {
    expect(await run(one, device, host)).toEqual(await run(one, host, host));
  });
});

test("what is made like a tensor lies beside it", () => {
  const x = tl.withBackend(device, () => tl.zeros([2]));
  expect([tl.zerosLike(x).backend, tl.onesLike(x).backend]).toEqual(["device", "device"]);
  expect(tl.oneHot(x.astype("int32"), 3).backend).toBe("device");
  expect(tl.pad(x, [[1, 1]]).backend).toBe("device");
});
