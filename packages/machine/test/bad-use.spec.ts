import { describe, expect, test } from '@jest/globals';
import {
  bootMachine,
  parseBoot,
  parseReportedZones,
  runWorkload,
  type MachineOptions,
} from '@page-owner/machine';

const any = <T>(value: unknown): T => value as T;
const boot = (options: unknown) => () => bootMachine(options as MachineOptions);

describe('bad use is one sentence', () => {
  test.each([
    [
      { memory: '64M', cmdLine: 'page_owner=on' },
      'bootMachine has no option "cmdLine"; did you mean cmdline?',
    ],
    [
      { memory: '64M', page_owner: 'on' },
      /^bootMachine has no option "page_owner"; there are memory, cmdline/,
    ],
    [undefined, 'bootMachine takes an object of options, got undefined'],
    [{}, 'memory is a size such as "2G", or a list of ranges or nodes, got undefined'],
    [{ memory: 64 }, 'memory is a size such as "2G", or a list of ranges or nodes, got 64'],
    [{ memory: '64M', cmdline: 5 }, 'a command line is text such as "page_owner=on", got 5'],
    [{ memory: '64M', image: 'small' }, 'image is true, false or sizes, got small'],
    [{ memory: '64M', kernel: 6.1 }, 'a kernel release is text such as "6.12", got 6.1'],
  ])('options %j', (options, sentence) => {
    expect(boot(options)).toThrow(TypeError);
    expect(boot(options)).toThrow(sentence);
  });

  test.each([0, -1, 1.5, NaN])('cpus: %p', (cpus) => {
    expect(boot({ memory: '64M', cpus })).toThrow(RangeError);
  });

  test('an option that is undefined is left out', () => {
    expect(bootMachine({ memory: '16M', cmdline: undefined, trace: undefined }).owner.enabled).toBe(false);
  });

  describe('of a machine', () => {
    const machine = bootMachine({ memory: '64M', cmdline: 'page_owner=on' });

    test('a task that has ended, or is none', () => {
      const { tasks } = machine;
      const task = tasks.spawn('sh');
      expect(machine.runAs(task, () => machine.tasks.running)).toBe(task);
      machine.runAs(task, () => tasks.exit(task));
      expect(() => machine.runAs(task, () => 1)).toThrow(new Error(`task ${task.pid} has ended`));
      expect(() => machine.runAs(any(undefined), () => 1)).toThrow(
        new TypeError('work runs as a task, got undefined'),
      );
      expect(() => tasks.exit(tasks.init)).toThrow('task 1 does not end');
      expect(tasks.running).toBe(tasks.init);
    });

    test('a stack that is text', () => {
      expect(() => machine.stack(any('f+0x1/0x2'))).toThrow(
        new TypeError('a stack is a list of frames, innermost first, got "f+0x1/0x2"'),
      );
    });

    test.each([0, -1, 1.5, NaN, 2 ** 33])('random.below(%p)', (count) => {
      expect(() => machine.random.below(count)).toThrow(RangeError);
    });

    test('a workload that is none', () => {
      expect(() => runWorkload(machine, any(undefined))).toThrow('a name, a function or a list of these');
      expect(() => runWorkload(machine, any('leek'))).toThrow('unknown workload "leek"; known: leak');
    });
  });

  test('texts of a boot that are bytes', () => {
    expect(() => parseReportedZones(any(Buffer.from('Node 0')))).toThrow('zoneinfo is text, got Uint8Array');
    expect(() => parseBoot({ dmesg: any(Buffer.from('Linux')) })).toThrow(
      new TypeError('the kernel log is text, got Uint8Array'),
    );
  });
});
