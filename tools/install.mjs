// What both commands need first: a Node that is new enough, and the packages of package-lock.json.
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";

const leastNode = [20, 19];

/** Runs a command quietly; shows what it printed, and ends the process, if it fails. */
export function run(title, command, args, options = {}) {
  process.stdout.write(`${title} ... `);
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: "utf8",
    shell: process.platform === "win32",
    maxBuffer: 2 ** 28,
    ...options,
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if (status === 0) {
    console.log(`done, ${seconds} s`);
    return;
  }
  console.log(`failed after ${seconds} s`);
  console.log(`${stdout ?? ""}${stderr ?? ""}`);
  process.exit(status ?? 1);
}

/** Makes sure that the packages of package-lock.json are installed. */
export function install() {
  const have = process.versions.node.split(".").map(Number);
  const isOld = have[0] < leastNode[0] || (have[0] === leastNode[0] && have[1] < leastNode[1]);
  if (isOld) {
    console.error(
      `Tensorloom needs Node ${leastNode.join(".")} or later, and this is ${process.versions.node}.`,
    );
    process.exit(1);
  }
  if (modified("node_modules/.package-lock.json") < modified("package-lock.json")) {
    run("Installing packages", "npm", ["ci", "--no-audit", "--no-fund"]);
  }
}

function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
