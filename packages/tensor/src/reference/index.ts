export { reference } from "./reference-backend.ts";
