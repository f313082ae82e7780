import { escape } from "./escape.ts";
import { ink } from "./theme.ts";

/** A picture on a page. */
export interface Figure {
  /** As the charts give it. */
  readonly svg: string;
  /** Stands below it. */
  readonly caption?: string;
}

/** A part of a page. */
export interface Section {
  /** Its heading. */
  readonly heading: string;
  /** What stands below the heading, as plain text; an empty line begins a new paragraph. */
  readonly text?: string;
  /** A table: the first row is its head. Numbers stand to the right. */
  readonly table?: readonly (readonly (string | number)[])[];
  /** Pictures, side by side where there is room. */
  readonly figures?: readonly Figure[];
}

/** What {@link htmlPage} takes. */
export interface HtmlPageOptions {
  /** The title. */
  readonly title: string;
  /** What stands below the title, as plain text. */
  readonly intro?: string;
  /** The parts, in order. */
  readonly sections: readonly Section[];
}

/**
 * Returns a page that needs nothing else: a title, and sections of text, tables and pictures.
 *
 * @param options - what stands on it; text is escaped, pictures are taken as they are
 *
 * @example
 * htmlPage({ title: "Clusters", sections: [{ heading: "k = 3", text: "a < b" }] }).includes("a &lt; b"); // => true
 */
export function htmlPage({ title, intro, sections }: HtmlPageOptions): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 66rem; margin: 2rem auto; padding: 0 1rem; }
  h1, h2 { color: ${ink}; line-height: 1.2; } h2 { margin-top: 2.5rem; } p { max-width: 46rem; }
  table { border-collapse: collapse; margin: 1rem 0; display: block; max-width: 100%; overflow-x: auto; } td, th { padding: .3rem .75rem; border-bottom: 1px solid #ddd; text-align: right; }
  td { white-space: nowrap; } td:first-child, th:first-child { text-align: left; padding-left: 0; }
  .figures { display: flex; flex-wrap: wrap; gap: 1.5rem; } figure { margin: 0; font-size: .85rem; color: #555; }
  figcaption { width: 0; min-width: 100%; }
  svg { max-width: 100%; height: auto; }
</style>
<h1>${escape(title)}</h1>
${paragraphs(intro)}${sections.map(sectionHtml).join("\n")}
</html>
`;
}

function sectionHtml({ heading, text, table, figures = [] }: Section): string {
  const pictures = figures.map(({ svg, caption }) => {
    const below = caption === undefined ? "" : `<figcaption>${escape(caption)}</figcaption>`;
    return `<figure>${svg}${below}</figure>`;
  });
  return [
    `<h2>${escape(heading)}</h2>`,
    paragraphs(text),
    table === undefined ? "" : tableHtml(table),
    pictures.length === 0 ? "" : `<div class="figures">${pictures.join("\n")}</div>`,
  ].join("\n");
}

function tableHtml([head = [], ...rows]: readonly (readonly (string | number)[])[]): string {
  const row = (cells: readonly (string | number)[], tag: "td" | "th"): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escape(String(cell))}</${tag}>`).join("")}</tr>`;
  return `<table>${row(head, "th")}\n${rows.map((cells) => row(cells, "td")).join("\n")}</table>`;
}

function paragraphs(text = ""): string {
  return text
    .split(/\n\s*\n/)
    .filter((part) => part.trim() !== "")
    .map((part) => `<p>${escape(part.trim())}</p>\n`)
    .join("");
}
