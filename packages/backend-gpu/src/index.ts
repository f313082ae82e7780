// Empty: the WebGPU backend will stand here. See README.md.
export {};
