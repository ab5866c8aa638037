-- AlterTable
ALTER TABLE "LlmChat" ADD COLUMN     "temperature" DOUBLE PRECISION;
