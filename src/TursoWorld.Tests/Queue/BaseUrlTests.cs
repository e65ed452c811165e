using FluentAssertions;
using Xunit;

namespace TursoWorld.Tests.Queue;

/// <summary>Where messages of a runtime on top are POSTed: the option, then the environment, then the host's port.</summary>
public sealed class BaseUrlTests
{
    [Theory]
    [InlineData("https://a.example/base/", "http://b.example", "8080", "https://a.example/base/")]
    [InlineData(null, "http://b.example", "8080", "http://b.example/")]
    [InlineData(null, null, "8080", "http://localhost:8080/")]
    [InlineData(null, "", "80", "http://localhost/")]
    [InlineData(null, null, null, null)]
    [InlineData(null, null, "0", null)]
    [InlineData(null, null, "65536", null)]
    [InlineData(null, null, "-1", null)]
    [InlineData(null, null, @"\\.\pipe\web", null)]
    public void The_option_goes_before_the_environment_and_the_port_comes_last(
        string? option, string? service, string? port, string? expected)
    {
        var settings = WorldSettings.Resolve(new() { BaseUrl = option }, Environment(service, port));

        settings.BaseUrl?.AbsoluteUri.Should().Be(expected);
        (settings.BaseUrl is null).Should().Be(expected is null);
    }

    [Theory]
    [InlineData("")]
    [InlineData("localhost:8080")]
    [InlineData("/relative")]
    [InlineData("ftp://a.example")]
    [InlineData("http://user:secret@a.example")]
    [InlineData("http://a.example/?query")]
    [InlineData("http://a.example/#part")]
    public void An_option_that_is_no_base_is_refused_whatever_the_environment_says(string url)
    {
        var resolve = () => WorldSettings.Resolve(new() { BaseUrl = url }, Environment("http://b.example", "8080"));

        resolve.Should().Throw<InvalidOptionsException>().Which.Message.Should().Contain("BaseUrl must be an absolute http");
    }

    [Fact]
    public void A_variable_that_is_empty_is_not_set()
    {
        var settings = WorldSettings.Resolve(new(), _ => "");

        settings.Database.Path.Should().Be(Path.GetFullPath("workflow.db"));
        (settings.BaseUrl, settings.Concurrency).Should().Be((null, 20));
    }

    [Fact]
    public void Services_that_are_null_are_refused_together() =>
        FluentActions.Invoking(() => WorldSettings.Resolve(new() { TimeProvider = null!, LoggerFactory = null! }, _ => null))
            .Should().Throw<InvalidOptionsException>().Which.Failures.Should().HaveCount(2);

    [Fact]
    public void A_bad_variable_is_refused_by_its_name() =>
        FluentActions.Invoking(() => WorldSettings.Resolve(new(), Environment("b.example", "8080")))
            .Should().Throw<InvalidOptionsException>().WithMessage("*environment variable WORKFLOW_SERVICE_URL must be*'b.example'*");

    [Fact]
    public void Creating_a_world_names_everything_that_cannot_work()
    {
        var create = () => WorldFactory.CreateWorld(new()
        {
            BaseUrl = "ftp://a.example",
            Concurrency = 0,
            MaxRetries = 0,
            IdempotencyTtl = TimeSpan.FromSeconds(-1),
            WorkflowYieldLimit = TimeSpan.FromMilliseconds(999),
        });

        var message = create.Should().Throw<InvalidOptionsException>().Which.Message;
        message.Should().Contain("BaseUrl").And.Contain("Concurrency").And.Contain("MaxRetries").And.Contain("IdempotencyTtl")
            .And.Contain("WorkflowYieldLimit must be between 1 second and 1 day, or infinite");
    }

    private static Func<string, string?> Environment(string? service, string? port) => name => name switch
    {
        "WORKFLOW_SERVICE_URL" => service,
        "PORT" => port,
        _ => null,
    };
}
