/** Covers the composer while files are dragged over the page. */
export function DropHint() {
  return (
    <div className="pointer-events-none absolute inset-x-3 inset-y-0 z-10 grid place-items-center rounded-2xl border-2 border-dashed border-primary bg-secondary/90 font-medium text-primary md:inset-x-6">
      Drop files to attach
    </div>
  );
}
