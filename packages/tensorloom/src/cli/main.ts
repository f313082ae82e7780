#!/usr/bin/env node
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { TensorloomError } from "@tensorloom/tensor";
import { bench } from "./bench.ts";
import { info } from "./info.ts";
import { inspect } from "./inspect.ts";

/** Returns the program `tensorloom`, with its commands. */
function program(): Command {
  const print = (text: string): void => void process.stdout.write(`${text}\n`);
  const command = new Command("tensorloom").description("Machine learning for TypeScript");
  command
    .command("info")
    .description("tell which backends this machine runs, with what features and threads")
    .option("--json", "as JSON")
    .action(async (options: { json?: boolean }) => print(await info(options.json === true)));
  command
    .command("bench")
    .description(
      "time products, a convolution and a training step on each backend, for a few seconds",
    )
    .option("--json", "as JSON")
    .action(async (options: { json?: boolean }) => print(await bench(options.json === true)));
  command
    .command("inspect")
    .description("list the tensors of a safetensors file; its data is not read")
    .argument("<file>", "the file")
    .option("--json", "as JSON")
    .action(async (file: string, options: { json?: boolean }) =>
      print(await inspect(file, options.json === true)),
    );
  return command;
}

// Only when it is run, through whatever link npm makes; not when it is imported.
const isRun =
  process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url);
if (isRun) {
  try {
    await program().parseAsync();
  } catch (error) {
    const isOurs =
      error instanceof TensorloomError || (error as { code?: unknown }).code === "ENOENT";
    if (!isOurs) throw error;
    process.stderr.write(`tensorloom: ${(error as Error).message}\n`);
    process.exitCode = 1;
  }
}
