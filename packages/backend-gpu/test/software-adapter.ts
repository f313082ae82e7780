import { execFileSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import path from "node:path";

/** Returns where Chromium is on this machine, if it is. */
export function chromium(): string | undefined {
  for (const name of ["chromium", "google-chrome", "chromium-browser"]) {
    try {
      return execFileSync("which", [name], { encoding: "utf8" }).trim();
    } catch {
      // Not this one.
    }
  }
  return undefined;
}

/**
 * Lets Dawn in Node find the software adapter that Chromium brings along, unless the environment says which driver to
 * use. Call it before the first adapter is asked for.
 */
export function offerSoftwareAdapter(): void {
  if (process.env["VK_ICD_FILENAMES"] !== undefined) return;
  const browser = chromium();
  const folders = [
    "/usr/lib/chromium",
    ...(browser === undefined ? [] : [path.dirname(realpathSync(browser))]),
  ];
  for (const folder of folders) {
    const driver = path.join(folder, "vk_swiftshader_icd.json");
    if (existsSync(driver)) {
      process.env["VK_ICD_FILENAMES"] = driver;
      return;
    }
  }
}
