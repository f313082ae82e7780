import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { wasm } from "@tensorloom/backend-cpu";
import { evaluate, fit, predict, summary } from "@tensorloom/nn";
import { Adam, cosine } from "@tensorloom/optim";
import { barChart, htmlPage, lineChart } from "@tensorloom/plot";
import { random, use } from "@tensorloom/tensor";
import { explained, tasks, type Task } from "./tasks.ts";

interface Result {
  readonly name: string;
  readonly score: number;
  readonly scoreName: Task["score"];
  readonly parameters: number;
  readonly multiplyAdds: number;
  readonly seconds: number;
  readonly losses: { readonly training: number[]; readonly test: number[] };
}

const batchSize = 32;

async function run(task: Task): Promise<Result> {
  random.seed(1);
  const { train, test } = await task.data();
  const model = task.build();
  const cost = summary(model, task.inputShape);
  const steps = task.epochs * Math.ceil(train.x.shape[0]! / batchSize);
  const optimizer = new Adam(model, { learningRate: cosine(task.learningRate, { steps }) });
  const start = performance.now();
  const { epochs, loss } = task;
  const history = await fit(model, train, { optimizer, loss, epochs, batchSize, validation: test, seed: 1, progress: "lines" }); // prettier-ignore
  const seconds = (performance.now() - start) / 1000;
  const score =
    task.score === "accuracy"
      ? (await evaluate(model, test, { metrics: ["accuracy"] }))["accuracy"]!
      : await explained(await predict(model, test.x), test.y).itemAsync();
  return {
    name: task.name,
    score,
    scoreName: task.score,
    parameters: cost.parameters,
    multiplyAdds: cost.multiplyAdds,
    seconds,
    losses: { training: history.values("loss"), test: history.values("valLoss") },
  };
}

async function report(results: readonly Result[]): Promise<string> {
  const curves = await Promise.all(
    results.map(async ({ name, losses }) => ({
      svg: await lineChart({
        title: name,
        xTitle: "epoch",
        yTitle: "loss",
        series: [
          { name: "training", y: losses.training },
          { name: "test", y: losses.test },
        ],
      }),
    })),
  );
  const bars = results.map(({ name, score }) => ({ name: name.split(",")[0]!, value: score }));
  const scores = { svg: await barChart({ title: "Score on the test data", bars, format: ".3f" }), caption: "accuracy; R² for the MLP" }; // prettier-ignore
  const table = [
    ["model and task", "score", "parameters", "multiply-adds", "seconds"],
    ...results.map(({ name, score, scoreName, parameters, multiplyAdds, seconds }) => [
      ...[name, `${scoreName} ${score.toFixed(4)}`],
      ...[parameters, multiplyAdds].map((count) => count.toLocaleString("en")),
      seconds.toFixed(1),
    ]),
  ];
  return htmlPage({
    title: "Architectures on small data",
    intro:
      "A residual network, MobileNet, an LSTM and a multi-layer perceptron, each trained from scratch.",
    sections: [
      { heading: "Scores", table, figures: [scores] },
      { heading: "Learning curves", text: "The rate falls along half a cosine.", figures: curves },
    ],
  });
}

const backend = await use(wasm());
process.stdout.write(`Tensorloom on ${backend.name}, ${backend.info().threads} threads\n`);
const wanted = process.argv[2]?.toLowerCase() ?? "";
const results: Result[] = [];
for (const task of tasks.filter(({ name }) => name.toLowerCase().includes(wanted))) {
  process.stdout.write(`\n${task.name}\n`);
  results.push(await run(task));
}
for (const { name, score, scoreName, parameters, multiplyAdds, seconds } of results) {
  const cost = `${parameters} parameters, ${multiplyAdds} multiply-adds`;
  process.stdout.write(
    `\n${name}: ${scoreName} ${score.toFixed(4)}, ${cost}, ${seconds.toFixed(1)} s`,
  );
}
const folder = fileURLToPath(new URL("../output", import.meta.url));
await mkdir(folder, { recursive: true });
const page = path.join(folder, "architectures.html");
await writeFile(page, await report(results));
process.stdout.write(`\n\n${path.relative(process.cwd(), page)}\n`);
