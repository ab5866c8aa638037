import { RotateCcw } from "lucide-react";

export function RetryButton({ onClick }: { readonly onClick: () => void }) {
  return (
    <button type="button" className="text-button" onClick={onClick}>
      <RotateCcw aria-hidden />
      Retry
    </button>
  );
}
