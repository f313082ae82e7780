import type { Row, Settings } from "./measure.ts";
import { images } from "./vision/images.ts";
import { suppression } from "./vision/suppression.ts";

/** Parts of the suite, one after another. */
const parts: readonly ((settings: Settings) => Promise<Row[]>)[] = [images, suppression];

/** Computer vision: pictures beside OpenCV's build for JavaScript, sharp and tfjs; suppression beside tfjs. */
export async function vision(settings: Settings): Promise<Row[]> {
  const rows: Row[] = [];
  for (const part of parts) rows.push(...(await part(settings)));
  return rows;
}
