export { register, type KernelBackendName, type RegisterOptions } from "./register.ts";
