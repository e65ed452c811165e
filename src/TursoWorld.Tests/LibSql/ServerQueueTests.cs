using FluentAssertions;
using TursoWorld.Queue;
using TursoWorld.Tests.Support;
using TursoWorld.Tests.Workflows;
using Xunit;

namespace TursoWorld.Tests.LibSql;

/// <summary>Plain messages on a server: answers are bounded, and may be lost.</summary>
public sealed class ServerQueueTests() : WorkflowTests(Backend.LibSqlServer)
{
    [Fact]
    public async Task Messages_that_are_too_large_for_one_answer_are_received_in_several()
    {
        var world = Worlds.Create();
        var payload = new byte[3_000_000];
        for (var message = 0; message < 4; message++)
        {
            await world.QueueAsync("large", payload, null, Limit);
        }

        var received = new List<ReceivedMessage>();
        while (received.Count < 4)
        {
            var some = await world.Queues.ReceiveAsync("large", 10, TimeSpan.FromMinutes(1), cancellationToken: Limit);
            some.Should().NotBeEmpty();
            received.AddRange(some);
        }

        received.Select(message => message.MessageId).Should().OnlyHaveUniqueItems();
        received.Should().OnlyContain(message => message.Payload.Length == payload.Length);
    }

    [Fact]
    public async Task Messages_whose_claim_is_not_answered_are_given_back_and_not_counted()
    {
        await using var proxy = Worlds.Proxy();
        await using var world = Worlds.CreateApart(options => options.DatabaseUrl = $"{proxy.Url}");
        var id = await world.QueueAsync("mail", new byte[] { 1 }, null, Limit);
        var cut = proxy.Add(new Fault.CutAnswer(), MessageSql.ClaimPlain[..20]);

        var receive = () => world.Queues.ReceiveAsync("mail", 10, TimeSpan.FromMinutes(1), cancellationToken: Limit);

        (await receive.Should().ThrowAsync<StorageException>()).Which.Code.Should().Be(ErrorCodes.OutcomeUnknown);
        cut.Hits.Should().Be(1);
        (await receive()).Should().ContainSingle().Which.Should().BeEquivalentTo(new { MessageId = id, Attempt = 1 });
    }
}
