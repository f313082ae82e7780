// What bundlers for browsers get in the place of what Node alone has.
throw new Error("expected Node, got another platform");
export {};
