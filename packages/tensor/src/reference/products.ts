import type {
  ConvCall,
  ConvFilterGradientCall,
  ConvInputGradientCall,
  GemmCall,
  View,
} from "../backend/contract.ts";
import { withEpilogue } from "./elementwise.ts";
import { coordinatesOf, Elements, Sums } from "./elements.ts";
import { placesUnderWindow } from "./window.ts";

/** Sums products over k for each element; int32 wraps. */
export function gemm({ a, b, output, epilogue }: GemmCall): void {
  const left = new Elements(a);
  const right = new Elements(b);
  const depth = a.shape.at(-1)!;
  const isInteger = output.dtype === "int32";
  withEpilogue(epilogue, output, (products) => {
    const to = new Elements(products);
    for (const at of coordinatesOf(output.shape)) {
      const batch = at.slice(0, -2);
      const [i, j] = at.slice(-2) as [number, number];
      let sum = 0;
      for (let k = 0; k < depth; k++) {
        const x = left.get([...batch, i, k]);
        const y = right.get([...batch, k, j]);
        sum = isInteger ? (sum + Math.imul(x, y)) | 0 : sum + x * y;
      }
      to.set(at, sum);
    }
  });
}

/** Where the factors and the sum of one product of a convolution lie. */
interface Meeting {
  readonly input: readonly number[];
  readonly filter: readonly number[];
  readonly output: readonly number[];
}

/** Yields every product of a convolution. Its two gradients take the same ones, and sum at another corner. */
function* meetings(
  call: Pick<ConvCall, "strides" | "dilation" | "padding" | "groups">,
  input: View,
  filter: View,
  output: View,
): Generator<Meeting> {
  const space = input.shape.slice(1, -1);
  const window = filter.shape.slice(0, -2);
  const [perGroup, outChannels] = filter.shape.slice(-2) as [number, number];
  for (const at of coordinatesOf(output.shape)) {
    const batch = at[0]!;
    const channel = at.at(-1)!;
    const group = Math.floor(channel / (outChannels / call.groups));
    for (const { tap, place } of placesUnderWindow(call, window, at.slice(1, -1))) {
      if (place.some((x, axis) => x < 0 || x >= space[axis]!)) continue;
      for (let c = 0; c < perGroup; c++) {
        yield {
          input: [batch, ...place, group * perGroup + c],
          filter: [...tap, c, channel],
          output: at,
        };
      }
    }
  }
}

/** Cross-correlation by its definition. */
export function conv(call: ConvCall): void {
  const { input, filter, output } = call;
  const x = new Elements(input);
  const w = new Elements(filter);
  const sums = new Sums(output.shape);
  for (const meeting of meetings(call, input, filter, output)) {
    sums.add(meeting.output, x.get(meeting.input) * w.get(meeting.filter));
  }
  withEpilogue(call.epilogue, output, (to) => sums.storeIn(to));
}

/** The same products, with the gradient in the output's place, summed at the input. */
export function convInputGradient(call: ConvInputGradientCall): void {
  const { gradient, filter, output } = call;
  const g = new Elements(gradient);
  const w = new Elements(filter);
  const sums = new Sums(output.shape);
  for (const meeting of meetings(call, output, filter, gradient)) {
    sums.add(meeting.input, g.get(meeting.output) * w.get(meeting.filter));
  }
  sums.storeIn(output);
}

/** The same products, with the gradient in the output's place, summed at the filter. */
export function convFilterGradient(call: ConvFilterGradientCall): void {
  const { input, gradient, output } = call;
  const x = new Elements(input);
  const g = new Elements(gradient);
  const sums = new Sums(output.shape);
  for (const meeting of meetings(call, input, output, gradient)) {
    sums.add(meeting.filter, x.get(meeting.input) * g.get(meeting.output));
  }
  sums.storeIn(output);
}
