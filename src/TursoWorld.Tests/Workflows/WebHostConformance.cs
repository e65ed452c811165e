using FluentAssertions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using TursoWorld.Tests.Support;
using Xunit;

namespace TursoWorld.Tests.Workflows;

/// <summary>A web host that stops while a request reads a stream and a step executes that does not listen.</summary>
public abstract class WebHostConformance(Backend backend) : WorkflowTests(backend)
{
    [Fact]
    public async Task A_host_with_an_open_stream_stops_in_its_time_and_reports_no_error()
    {
        var go = new TaskCompletionSource();
        var slow = Workflow.Define<string, string>("slow", async (flow, text) =>
        {
            await flow.StepAsync("write", step => step.WriteStreamAsync("output", text));
            await flow.StepAsync("hang", _ => go.Task);
            return text;
        });
        var world = Worlds.Create(options => (options.TimeProvider, options.ShutdownTimeout) = (TimeProvider.System, TimeSpan.FromMinutes(5)), slow);
        await using var app = Build(world);
        var running = app.RunAsync();
        await app.Services.GetRequiredService<IHostApplicationLifetime>().StartedAsync(Limit);
        var run = await world.StartRunAsync(slow, "hello", cancellationToken: Limit);
        using var client = new HttpClient { BaseAddress = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()) };
        await using var stream = await client.GetStreamAsync(new Uri($"stream/{run.RunId}", UriKind.Relative), Limit);
        var buffer = new byte[5];
        await stream.ReadExactlyAsync(buffer, Limit);

        app.Lifetime.StopApplication();

        await running.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Limit);
        buffer.Should().Equal("hello"u8.ToArray());
        go.SetResult();
        var again = () => world.StartAsync(Limit);
        await again.Should().ThrowExactlyAsync<InvalidOperationException>("the world was stopped with its host");
    }

    private static WebApplication Build(World world)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.Services.AddSingleton(world);
        builder.Services.AddHostedService<Engine>();
        var app = builder.Build();
        app.MapGet("/stream/{runId}", async (string runId, HttpContext context) =>
        {
            await foreach (var chunk in world.Streams.ReadAsync(runId, "output", waitForRun: true, cancellationToken: context.RequestAborted))
            {
                await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        });
        return app;
    }

    /// <summary>As an application would write it.</summary>
    private sealed class Engine(World world) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => world.StartAsync(cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => world.StopAsync(cancellationToken);
    }
}

file static class Lifetimes
{
    public static async Task StartedAsync(this IHostApplicationLifetime lifetime, CancellationToken limit)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(limit);
    }
}
