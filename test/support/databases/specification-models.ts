import { readFileSync } from "node:fs";
import { join } from "node:path";

import { projectRoot } from "../../../scripts/lib/project-root.ts";

const read = (path: string): string => readFileSync(join(projectRoot, path), "utf8");
const text = read("test/fixtures/prisma-integration.md");

/** The specification's code blocks in one language, in order. */
export function specificationBlocks(language: "prisma" | "typescript"): readonly string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms");
  return [...text.matchAll(fence)].map((match) => match[1] ?? "");
}

/** The models exactly as the specification has them. */
export const specificationModels = specificationBlocks("prisma").join("\n");

/** The models of this package's own schema. */
export const extendedModels = read("prisma/schema.prisma").replace(/^.*?(?=^model )/ms, "");

/** Renames models as the specification's example does: AssistantChat, … */
export function renameModels(models: string): string {
  return models.replaceAll(
    /\bLlm(?=Chat|Message|ToolCall|Request|Usage|Account|Attachment|StoredFile)/g,
    "Assistant",
  );
}

/** Maps models to other names of tables and columns in the database: `llm_chat`, `created_at`, … */
export function mapModels(models: string, schema?: string): string {
  const scalar =
    /^( {2}(\w+) +(?:String|BigInt|Int|Float|Boolean|DateTime|Json|Bytes)\b[^\n/]*?)( *\/\/.*)?$/gm;
  return models
    .replaceAll(scalar, (_line, field: string, name: string) => {
      return `${field} @map("${snakeCase(name)}")`;
    })
    .replaceAll(/^model (\w+) \{(.*?)^\}/gms, (_model, name: string, body: string) => {
      const where = schema === undefined ? "" : `  @@schema("${schema}")\n`;
      return `model ${name} {${body}  @@map("${snakeCase(name)}")\n${where}}`;
    });
}

function snakeCase(name: string): string {
  return name.replaceAll(/(?<=.)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}

/** The same, with the sessions of agents as `@node-llm/orm` has them. */
export const agentModels = `${extendedModels.replace(
  /^model LlmChat \{$/m,
  "model LlmChat {\n  agentSession LlmAgentSession?",
)}
model LlmAgentSession {
  id         String   @id @default(uuid())
  agentClass String
  chatId     String   @unique
  metadata   Json?
  createdAt  DateTime @default(now())
  updatedAt  DateTime @updatedAt

  chat LlmChat @relation(fields: [chatId], references: [id], onDelete: Cascade)
}
`;
