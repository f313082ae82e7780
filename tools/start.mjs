// npm start: installs and builds what is missing, then runs the digits example with the arguments after `--`.
import { spawnSync } from "node:child_process";
import { install, run } from "./install.mjs";

install();
run("Building", "npx", ["turbo", "run", "build", "--filter=@tensorloom/example-digits"]);
console.log();
const { status } = spawnSync(
  process.execPath,
  ["examples/digits/dist/main.js", ...process.argv.slice(2)],
  { stdio: "inherit" },
);
process.exit(status ?? 1);
