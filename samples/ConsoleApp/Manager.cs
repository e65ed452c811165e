using System.Security.Cryptography;
using System.Text;
using TursoWorld;

namespace ConsoleApp;

/// <summary>Stands in for the person who approves large orders; the same order always gets the same answer.</summary>
internal sealed class Manager(World world, bool approvesAll)
{
    private static readonly TimeSpan Thought = TimeSpan.FromSeconds(1);

    public async Task DecideAsync(IReadOnlyList<WorkflowHook> waiting, CancellationToken cancellationToken)
    {
        var now = TimeProvider.System.GetUtcNow();
        foreach (var hook in waiting.Where(hook => hook.CreatedAt + Thought <= now))
        {
            try
            {
                var approval = new Approval(approvesAll || Likes(hook.Token));
                await world.ResumeHookAsync(hook.Token, approval, cancellationToken);
            }
            catch (NotFoundException e) when (e.Code == ErrorCodes.HookNotFound)
            {
                // The manager in another process was faster.
            }
        }
    }

    private static bool Likes(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token))[0] % 8 != 0;
}
