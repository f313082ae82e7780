import { expect, test } from "vitest";
import { customKernel, tensor, withBackend, type CustomKernel } from "../src/index.ts";
import type { CustomCall } from "../src/backend/index.ts";
import { reference } from "../src/reference/index.ts";
import { onReference } from "./reference-backend.ts";

onReference();

const host: NonNullable<CustomKernel["host"]> = ([x], [y]) => y!.data.set(x!.data);
const wgsl: NonNullable<CustomKernel["wgsl"]> = () => ({ source: "", workgroups: [1] });
const sameAs = [{ shape: [2], dtype: "float32" }] as const;

/** A device, as a GPU is one: its kernels are asked for, its memory cannot be read at once. */
function device(seen: CustomCall[]): ReturnType<typeof reference> {
  const { readSync: _, hostMemory: __, ...rest } = reference();
  return { ...rest, name: "device", custom: (call) => void seen.push(call) };
}

test("a device is given a kernel that brings WGSL, and never one that does not", () => {
  const seen: CustomCall[] = [];
  withBackend(device(seen), () => {
    const x = tensor([1, 2]);
    customKernel({ name: "both", host, wgsl })([x], sameAs, [3]);
    customKernel({ name: "shader", wgsl })([x], sameAs);
    expect(() => customKernel({ name: "hostOnly", host })([x], sameAs)).toThrow(
      "hostOnly: expected tensors on a host backend, got some on device",
    );
  });
  expect(seen.map(({ kernel, parameters }) => [kernel.name, parameters])).toEqual([
    ["both", [3]],
    ["shader", []],
  ]);
});

test("a host backend runs the host function, and refuses a kernel without one", () => {
  const x = tensor([1, 2]);
  expect(customKernel({ name: "both", host, wgsl })([x], sameAs)[0]!.toString()).toBe("[1, 2]");
  expect(() => customKernel({ name: "shader", wgsl })([x], sameAs)).toThrow(
    "shader: expected a kernel with a host version, got one without",
  );
});
