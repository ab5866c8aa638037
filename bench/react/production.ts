/** Import this before React, which chooses its production build when it is loaded. */
Object.assign(process.env, { NODE_ENV: "production" });
