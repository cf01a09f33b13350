import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { inHome, run, spawned, text } from './page-owner.js';

const SUBCOMMANDS = 'summary top diff ages fragmentation show export convert replay completion'.split(' ');

test.each(['', ...SUBCOMMANDS])('%s --help begins with three worked examples', async (name) => {
  const help = await text(...(name ? [name] : []), '--help');
  const [title, ...lines] = help.split('\n');
  expect(title).toBe('Examples:');
  const examples = lines.slice(0, lines.indexOf('')).filter((line) => /^ {2}(?=\S).*page-owner/.test(line));
  expect(examples).toHaveLength(3);
  expect(help).toMatch(/\nUsage: page-owner/);
  expect(help.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

test('help, and the help of a subcommand', async () => {
  expect(await text('help')).toBe(await text('--help'));
  expect(await text('help', 'help')).toBe(await text('--help'));
  expect(await text('help', 'top')).toBe(await text('top', '--help'));
  expect(await spawned(['help', 'sort'])).toEqual(await spawned(['sort', '--help']));
});

test('nothing asked for: the help on standard error, and status 2', async () => {
  expect(await run([])).toEqual({ code: 2, stdout: '', stderr: await text('--help') });
});

test.each(['boot', 'sort'])('%s --help fits 80 columns', async (name) => {
  const { stdout } = await spawned([name, '--help'], '', { COLUMNS: '80' });
  expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
});

test('as its users have it', async () => {
  expect(await spawned(['--help'])).toMatchObject({ code: 0, stderr: '', stdout: await text('--help') });
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  expect(await spawned(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` });
});

/** Asks a bash that has loaded the script. */
async function bashOffers(...words: string[]): Promise<string[]> {
  writeFileSync(inHome('completion.bash'), await text('completion', 'bash'));
  const line = ['page-owner', ...words].map((word) => `'${word}'`).join(' ');
  const script = `source completion.bash; COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _page_owner; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, status, stderr } = spawnSync('bash', ['-c', script], { cwd: inHome(), encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.split('\n').filter(Boolean);
}

const has = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;

describe('completions', () => {
  (has('bash') ? test : test.skip)('bash', async () => {
    expect(await bashOffers('')).toEqual(expect.arrayContaining([...SUBCOMMANDS, 'sort']));
    expect(await bashOffers('fr')).toEqual(['fragmentation']);
    expect(await bashOffers('help', 'fr')).toEqual(['fragmentation']);
    expect(await bashOffers('diff', '--fa')).toEqual(['--fail-on-growth']);
    expect(await bashOffers('top', '--by', 'mo')).toEqual(['module']);
    expect(await bashOffers('top', '--not-ta')).toEqual(['--not-task']);
    expect(await bashOffers('sort', '--not-block', 'Mo')).toEqual(['Movable']);
    expect(await bashOffers('completion', '')).toEqual(['bash', 'zsh', 'fish']);
    writeFileSync(inHome('dump one.txt'), '');
    expect(await bashOffers('top', 'du')).toEqual(['dump one.txt']);
    expect(await bashOffers('top', '--limit', '')).toEqual([]);
    expect(await bashOffers('sort', '--cull', 'st')).toEqual(['stacktrace']);
  });

  (has('zsh') ? test : test.skip)('zsh reads the script', async () => {
    writeFileSync(inHome('completion.zsh'), await text('completion', 'zsh'));
    const script =
      'autoload -Uz compinit && compinit -u -d ./dump && source ./completion.zsh && print -- $_comps[page-owner]';
    const { status, stdout, stderr } = spawnSync('zsh', ['-fc', script], { cwd: inHome(), encoding: 'utf8' });
    expect([status, stdout, stderr]).toEqual([0, '_page_owner\n', '']);
  });

  (has('fish') ? test : test.skip)('fish', async () => {
    writeFileSync(inHome('completion.fish'), await text('completion', 'fish'));
    const offers = (line: string) => {
      const script = `source completion.fish; complete -C'${line}'`;
      const { status, stdout } = spawnSync('fish', ['--no-config', '-c', script], {
        cwd: inHome(),
        encoding: 'utf8',
      });
      expect(status).toBe(0);
      return stdout.split('\n').map((offer) => offer.split('\t')[0]);
    };
    expect(offers('page-owner fr')).toContain('fragmentation');
    expect(offers('page-owner top --by mo')).toContain('module');
    expect(offers('page-owner diff --fail')).toContain('--fail-on-growth');
  });

  test('know every subcommand', async () => {
    for (const shell of ['bash', 'zsh', 'fish']) {
      const script = await text('completion', shell);
      for (const name of SUBCOMMANDS) expect(script).toContain(name);
    }
    expect((await run(['completion'])).code).toBe(2);
  });
});
