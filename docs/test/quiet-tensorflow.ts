// A second copy, such as the one under @tensorloom/backend-tfjs, would else be told of every kernel that the first has.
import { env } from "@tensorflow/tfjs-core";

env().set("IS_TEST", true);
