/**
 * The main job from outside, on an empty machine: two rounds, three provinces, 292 communes, from the first token to the
 * mail. The service knows nothing of the demo; whatever it answers is held against the documents or worked out again.
 */
import { join } from 'node:path';
import { projectRoot } from '#core';
import { say } from '../schema.js';
import { cast } from './cast.js';
import { Checks } from './checks.js';
import { againstTargets, whereItIs, whoReported } from './closing.js';
import { compareAll, compareCompleteness } from './compare.js';
import { firstHalf, names } from './first-half.js';
import { mailSummary } from './mailing.js';
import { secondHalf } from './second-half.js';
import { type Service, startService } from './service.js';
import { Stage } from './stage.js';
import { chapter, note } from './tables.js';

/** @param seed of the generated figures. @returns the exit code: 0 only if everything agreed */
export async function runDemo(seed: number): Promise<number> {
  const began = performance.now();
  say('Chạy thử toàn bộ · The whole service, from the first token to the mail');
  say(
    `292 xã, phường của Thái Nguyên, Gia Lai, Lạng Sơn; hai kỳ năm 2026; số liệu sinh từ hạt giống ${seed} (--seed ${seed})`,
  );
  say('292 communes of three provinces, two rounds of 2026; generated figures come from that seed');
  say('');
  note('PostgreSQL trống, API và tiến trình nền đang khởi động … · starting database, API and worker');
  let service: Service | undefined;
  const interrupted = new Promise<string>((settle) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => settle('Dừng giữa chừng · Stopped half-way'));
  });
  try {
    const starting = startService(join(projectRoot, 'var', 'demo'), '2026-05-15T08:00:00+07:00');
    service = await starting;
    note(`sẵn sàng sau ${seconds(began)} giây · ready: ${service.url}`);
    const checks = new Checks();
    const ended = Promise.race([interrupted, service.broken]).then((reason) => Promise.reject(new Error(reason)));
    await Promise.race([story(service, checks, seed), ended]);
    const agreed = checks.conclude();
    say('');
    say(
      agreed
        ? `Mọi thứ đều khớp: ${thousands(checks.count)} lần đối chiếu, ${seconds(began)} giây · Everything agrees.`
        : `KHÔNG khớp, sau ${seconds(began)} giây · The demo has found disagreements.`,
    );
    return agreed ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    return 1;
  } finally {
    await service?.stop();
  }
}

async function story(service: Service, checks: Checks, seed: number): Promise<void> {
  const stage = new Stage(service, checks);
  stage.at('2026-05-15T08:00:00+07:00');
  await stage.castPeople();
  note('cấp 3 mã cho tỉnh, 292 mã cho xã · tokens issued');
  const people = cast(stage.communes, seed);
  await names(stage);
  await firstHalf(stage, people);
  const small = await stage.total('19', people.twentyTwo, '2026H1', 'can_bo_duoc_pho_bien');
  checks.case(
    `${stage.title(people.twentyTwo)}: 22/23 in ra 95,7%`,
    'Rounded once, half up, with one decimal',
    small.display,
    '95,7%',
    'docs/semantics.md §4',
  );
  await secondHalf(stage, people);

  chapter('Tính lại từ đầu · Recomputed from the reports as sent');
  const before = checks.count;
  for (const round of ['2026H1', '2026H2']) await compareCompleteness(stage, round);
  await compareAll(stage);
  note(
    `3 tỉnh và 292 xã × 2 kỳ và cả năm × đã nhận, đã duyệt × 16 chỉ tiêu: ${thousands(checks.count - before)} lần đối chiếu`,
  );

  const mailed = await mailSummary(stage);
  await whoReported(stage);
  await againstTargets(stage);
  whereItIs(stage, mailed);
}

const seconds = (began: number) => ((performance.now() - began) / 1000).toFixed(1).replace('.', ',');
const thousands = (count: number) => String(count).replace(/\B(?=(\d{3})+$)/g, '.');
