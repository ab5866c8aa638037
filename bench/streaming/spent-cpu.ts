interface Stats {
  readonly cpu: NodeJS.CpuUsage;
}

/** The microseconds of CPU time that a process spent between two of its reports. */
export function spentCpu(before: Stats, after: Stats): number {
  return after.cpu.user - before.cpu.user + after.cpu.system - before.cpu.system;
}
