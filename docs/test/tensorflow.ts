// Programs of TensorFlow.js import @tensorflow/tfjs: its core, its layers, an engine. That package brings a hundred and forty megabytes
// more; guides' snippets run on this one.
import "./quiet-tensorflow.ts";
export * from "@tensorflow/tfjs-core";
export * from "@tensorflow/tfjs-layers";
import "@tensorflow/tfjs-backend-cpu";
// The methods and gradients that its core registers when it is asked for whole.
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops";
import "@tensorflow/tfjs-core/dist/register_all_gradients";
