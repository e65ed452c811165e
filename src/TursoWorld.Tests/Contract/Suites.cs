using TursoWorld.Tests.Support;

namespace TursoWorld.Tests.Contract;

public sealed class SqliteFileRunEventTests() : RunEventConformance(Backend.SqliteFile);

public sealed class SqliteMemoryRunEventTests() : RunEventConformance(Backend.SqliteMemory);

public sealed class SqliteFileStepEventTests() : StepEventConformance(Backend.SqliteFile);

public sealed class SqliteMemoryStepEventTests() : StepEventConformance(Backend.SqliteMemory);

public sealed class SqliteFileEndedRunTests() : EndedRunConformance(Backend.SqliteFile);

public sealed class SqliteMemoryEndedRunTests() : EndedRunConformance(Backend.SqliteMemory);

public sealed class SqliteFileHookEventTests() : HookEventConformance(Backend.SqliteFile);

public sealed class SqliteMemoryHookEventTests() : HookEventConformance(Backend.SqliteMemory);

public sealed class SqliteFileListTests() : ListConformance(Backend.SqliteFile);

public sealed class SqliteMemoryListTests() : ListConformance(Backend.SqliteMemory);

public sealed class SqliteFileStreamTests() : StreamConformance(Backend.SqliteFile);

public sealed class SqliteMemoryStreamTests() : StreamConformance(Backend.SqliteMemory);

public sealed class SqliteFileStreamEndTests() : StreamEndConformance(Backend.SqliteFile);

public sealed class SqliteMemoryStreamEndTests() : StreamEndConformance(Backend.SqliteMemory);

public sealed class SqliteFileStreamDeletionTests() : StreamDeletionConformance(Backend.SqliteFile);

public sealed class SqliteMemoryStreamDeletionTests() : StreamDeletionConformance(Backend.SqliteMemory);
