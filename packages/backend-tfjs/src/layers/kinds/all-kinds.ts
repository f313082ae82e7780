import type { LayerKind } from "../layer-kind.ts";
import { convolutionKinds } from "./convolutions.ts";
import { denseKinds } from "./dense.ts";
import { mergingKinds } from "./merging.ts";
import { normalizationKinds } from "./normalizations.ts";
import { poolingKinds } from "./pooling.ts";
import { preprocessingKinds } from "./preprocessing.ts";
import { rearrangingKinds } from "./rearranging.ts";
import { sequenceKinds } from "./sequences.ts";

function allKinds(): ReadonlyMap<string, LayerKind> {
  const all: Map<string, LayerKind> = new Map(
    Object.entries({
      ...denseKinds,
      ...convolutionKinds,
      ...poolingKinds,
      ...normalizationKinds,
      ...rearrangingKinds,
      ...mergingKinds,
      ...preprocessingKinds,
      ...sequenceKinds((className) => all.get(className)),
    }),
  );
  return all;
}

/** The layers of TensorFlow.js that there are modules for, by class. */
export const layerKinds: ReadonlyMap<string, LayerKind> = allKinds();
