import type { View } from "@tensorloom/tensor/backend";

/** Returns a call whose views are copies: those of the caller may be gone when it is run. */
export function detachedCall<Call>(call: Call): Call {
  return mapViews(call, ({ storage, dtype, offset, shape, strides }) => ({
    storage,
    dtype,
    offset,
    shape,
    strides,
  }));
}

/**
 * Returns a call with its views replaced, however deep they lie.
 *
 * @param replace - is given a view, and the name of the argument in which it lies
 */
export function mapViews<Call>(
  call: Call,
  replace: (view: View, argument: string) => View,
  argument = "",
): Call {
  if (Array.isArray(call))
    return call.map((one) => mapViews<unknown>(one, replace, argument)) as Call;
  if (isView(call)) return replace(call, argument) as Call;
  if (!isPlain(call)) return call;
  return Object.fromEntries(
    Object.entries(call).map(([key, one]) => [key, mapViews<unknown>(one, replace, key)]),
  ) as Call;
}

function isView(value: unknown): value is View {
  return typeof value === "object" && value !== null && "storage" in value && "strides" in value;
}

/** Expressions and kernels are classes and functions: they go as they are. */
function isPlain(value: unknown): value is object {
  return (
    typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}
