/** What platforms set that may end a process after its response. AWS runs the functions of some others, too. */
const platforms = ["VERCEL", "NETLIFY", "AWS_LAMBDA_FUNCTION_NAME"];

let hasWarned = false;

/** Says once that answers will be cut off, where a platform must be told to wait for them and is not. */
export function warnServerless(
  background: unknown,
  env: Readonly<Record<string, string | undefined>> = process.env,
): void {
  const platform = platforms.find((name) => env[name]);
  if (hasWarned || background !== undefined || platform === undefined) return;
  hasWarned = true;
  // oxlint-disable-next-line no-console -- nothing fails yet that could be an error
  console.warn(
    `node-llm-trpc: ${platform} is set, so answers end with the request that began them. Set \`background\` and a \`maxDuration\` above your longest answer: docs/guides/serverless.md`,
  );
}
