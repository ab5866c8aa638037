/** React chooses its build when it is loaded: imported before it, as an app in production would have it. */
Object.assign(process.env, { NODE_ENV: "production" });
