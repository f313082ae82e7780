import { convolutions } from "./convolutions.ts";
import { creation } from "./creation.ts";
import { elementwise } from "./elementwise.ts";
import { fourier } from "./fourier.ts";
import { images } from "./images.ts";
import { indexing } from "./indexing.ts";
import type { KernelTable } from "./kernel.ts";
import { morphology } from "./morphology.ts";
import { normalization } from "./normalization.ts";
import { pooling } from "./pooling.ts";
import { products } from "./products.ts";
import { reductions } from "./reductions.ts";
import { suppression } from "./suppression.ts";
import { cropping } from "./cropping.ts";
import { rotation } from "./rotation.ts";
import { projection } from "./projection.ts";
import { localResponse } from "./local-response.ts";
import { scatters } from "./scatters.ts";
import { transforms } from "./transforms.ts";

/** The kernels that run on our memory; all others are TensorFlow.js' own. */
export const kernels: KernelTable = {
  ...products,
  ...convolutions,
  ...pooling,
  ...elementwise,
  ...reductions,
  ...transforms,
  ...indexing,
  ...images,
  ...fourier,
  ...suppression,
  ...cropping,
  ...rotation,
  ...projection,
  ...localResponse,
  ...scatters,
  ...morphology,
  ...normalization,
  ...creation,
};
