import { Component, type awscdk, type YamlFile } from 'projen';
import type { GithubWorkflow } from 'projen/lib/github';
import type { Job } from 'projen/lib/github/workflows-model';

/** Actions by commit, because a tag can be moved. projen pins the others. */
const PINNED: Record<string, string> = {
  'actions/setup-node': '395ad3262231945c25e8478fd5baf05154b1d79f', // v6.1.0
  'actions/setup-java': 'f2beeb24e141e01a676f977032f5a29d81c9e27e', // v5.1.0
  'actions/setup-python': 'a26af69be951a213d495a4c3e4e4022e16d87065', // v5.6.0
  'actions/setup-dotnet': '67a3573c9a986a3f9c594539f4ab511d57bb3ce9', // v4.3.1
  'actions/setup-go': 'd35c59abb061a4a6fb18e82ac0862c26744d6ab5', // v5.5.0
};

/** Restricts the workflows that projen generates: actions by commit, least permissions, the public npm registry. */
export class HardenWorkflows extends Component {
  constructor(private readonly library: awscdk.AwsCdkConstructLibrary) {
    super(library);
    for (const [action, commit] of Object.entries(PINNED)) {
      library.github!.actions.set(action, `${action}@${commit}`);
    }
    for (const name of ['build', 'release', 'pull-request-lint']) {
      this.file(name).addOverride('permissions', { contents: 'read' });
    }
    this.file('build').addOverride('jobs.build.permissions.contents', 'read'); // it does not push
    this.file('release').addOverride('jobs.release.permissions.contents', 'read'); // other jobs publish
  }

  /** projen adds the jobs that publish when it synthesizes. */
  public override preSynthesize() {
    this.publishToDefaultRegistry(this.library.github!.tryFindWorkflow('release')!);
  }

  /** Removes the registry of the machine that ran projen. The publisher's default is the public registry. */
  private publishToDefaultRegistry(workflow: GithubWorkflow) {
    const { steps = [] } = workflow.getJob('release_npm') as Job;
    const step = steps.find(({ env }) => env?.NPM_REGISTRY);
    if (!step?.id) {
      throw new Error('projen no longer sets NPM_REGISTRY in the job release_npm; remove publishToDefaultRegistry');
    }
    const { NPM_REGISTRY: _, ...env } = step.env!;
    workflow.patchStep('release_npm', step.id, { env });
  }

  private file(workflow: string): YamlFile {
    return this.library.tryFindFile(`.github/workflows/${workflow}.yml`) as YamlFile;
  }
}
