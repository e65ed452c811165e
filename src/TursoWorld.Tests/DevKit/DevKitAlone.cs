using Xunit;

namespace TursoWorld.Tests.DevKit;

/// <summary>Alone on the machine: the foreign suite has time limits of its own, which count the start of two processes in.</summary>
[CollectionDefinition(DisableParallelization = true)]
public sealed class DevKitAlone : ICollectionFixture<DevKitSuite>;
