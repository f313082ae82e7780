// Empty: the bridge to TensorFlow.js will stand here. See README.md.
export {};
