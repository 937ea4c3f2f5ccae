import { readFileSync } from 'fs';
import { join } from 'path';
import { costTable, FREE_WHEN_IDLE, idleCost, parts, readmeWithCost } from '../../scripts/cost';

const README = readFileSync(join(__dirname, '..', '..', 'README.md'), 'utf8');

test('N65: the table of the idle cost in the README is that of the templates (npx projen cost writes it)', () => {
  expect(readmeWithCost(README)).toBe(README);
  expect(README).toContain(costTable());
});

test('N65: each type of resource in the templates of the table has a price or costs nothing while idle', () => {
  const types = new Set(parts().flatMap(([, resources]) => resources.map(({ Type }) => Type)));
  expect(types.size).toBeGreaterThan(15);
  parts().forEach(([, resources]) => expect(() => idleCost(resources)).not.toThrow());
  expect(FREE_WHEN_IDLE.filter((type) => !types.has(type))).toEqual([]);
  expect(() => idleCost([{ Type: 'AWS::RDS::DBInstance' }])).toThrow('the cost of AWS::RDS::DBInstance is not known');
});

test('N65: an alarm on an expression costs as much as its metrics, and a polled queue as much as its requests', () => {
  const metric = { MetricStat: {} };
  const Type = 'AWS::CloudWatch::Alarm';
  expect(idleCost([{ Type, Properties: { Metrics: [{ Expression: 'a' }, metric, metric] } }]))
    .toMatchObject({ alarms: 1, alarmMetrics: 2, dollars: 0.2 });
  expect(idleCost([{ Type, Properties: { MetricName: 'Errors' } }]))
    .toMatchObject({ alarms: 1, alarmMetrics: 1, dollars: 0.1 });
  expect(idleCost([{ Type: 'AWS::Lambda::EventSourceMapping' }]).dollars).toBeCloseTo(0.2592, 6);
});
