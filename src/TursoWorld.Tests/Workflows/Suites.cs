using TursoWorld.Tests.Support;

namespace TursoWorld.Tests.Workflows;

public sealed class SqliteFileRunTests() : RunConformance(Backend.SqliteFile);

public sealed class SqliteMemoryRunTests() : RunConformance(Backend.SqliteMemory);

public sealed class SqliteFileClassTests() : ClassConformance(Backend.SqliteFile);

public sealed class SqliteMemoryClassTests() : ClassConformance(Backend.SqliteMemory);

public sealed class SqliteFileSerializationTests() : SerializationConformance(Backend.SqliteFile);

public sealed class SqliteMemorySerializationTests() : SerializationConformance(Backend.SqliteMemory);

public sealed class SqliteMemoryCodecTests() : CodecConformance(Backend.SqliteMemory);

public sealed class SqliteFileStepTests() : StepConformance(Backend.SqliteFile);

public sealed class SqliteMemoryStepTests() : StepConformance(Backend.SqliteMemory);

public sealed class SqliteFileBackupTests() : BackupConformance(Backend.SqliteFile);

public sealed class SqliteMemoryBackupTests() : BackupConformance(Backend.SqliteMemory);

public sealed class SqliteFileIntegrityTests() : IntegrityConformance(Backend.SqliteFile);

public sealed class SqliteMemoryIntegrityTests() : IntegrityConformance(Backend.SqliteMemory);

public sealed class SqliteFileRetentionTests() : RetentionConformance(Backend.SqliteFile);

public sealed class SqliteMemoryRetentionTests() : RetentionConformance(Backend.SqliteMemory);

public sealed class SqliteFileExpiryTests() : ExpiryConformance(Backend.SqliteFile);

public sealed class SqliteMemoryExpiryTests() : ExpiryConformance(Backend.SqliteMemory);

public sealed class SqliteFileFakeClockTests() : FakeClockConformance(Backend.SqliteFile);

public sealed class SqliteMemoryFakeClockTests() : FakeClockConformance(Backend.SqliteMemory);

public sealed class SqliteFileSleepTests() : SleepConformance(Backend.SqliteFile);

public sealed class SqliteMemorySleepTests() : SleepConformance(Backend.SqliteMemory);

public sealed class SqliteFileDefaultRetryTests() : DefaultRetryConformance(Backend.SqliteFile);

public sealed class SqliteMemoryDefaultRetryTests() : DefaultRetryConformance(Backend.SqliteMemory);

public sealed class SqliteFileRunKeyTests() : RunKeyConformance(Backend.SqliteFile);

public sealed class SqliteMemoryRunKeyTests() : RunKeyConformance(Backend.SqliteMemory);

public sealed class SqliteFileHookTests() : HookConformance(Backend.SqliteFile);

public sealed class SqliteMemoryHookTests() : HookConformance(Backend.SqliteMemory);

public sealed class SqliteFileTransactionTests() : TransactionConformance(Backend.SqliteFile);

public sealed class SqliteMemoryTransactionTests() : TransactionConformance(Backend.SqliteMemory);

public sealed class SqliteFileForeignAwaitTests() : ForeignAwaitConformance(Backend.SqliteFile);

public sealed class SqliteMemoryForeignAwaitTests() : ForeignAwaitConformance(Backend.SqliteMemory);

public sealed class SqliteFileCancelTests() : CancelConformance(Backend.SqliteFile);

public sealed class SqliteMemoryCancelTests() : CancelConformance(Backend.SqliteMemory);

public sealed class SqliteFilePauseTests() : PauseConformance(Backend.SqliteFile);

public sealed class SqliteMemoryPauseTests() : PauseConformance(Backend.SqliteMemory);

public sealed class SqliteFileQueueTests() : QueueConformance(Backend.SqliteFile);

public sealed class SqliteMemoryQueueTests() : QueueConformance(Backend.SqliteMemory);

public sealed class SqliteFileReceiveTests() : ReceiveConformance(Backend.SqliteFile);

public sealed class SqliteMemoryReceiveTests() : ReceiveConformance(Backend.SqliteMemory);

public sealed class SqliteFileServiceTests() : ServiceConformance(Backend.SqliteFile);

public sealed class SqliteMemoryServiceTests() : ServiceConformance(Backend.SqliteMemory);

public sealed class SqliteFileAttemptTests() : AttemptConformance(Backend.SqliteFile);

public sealed class SqliteMemoryAttemptTests() : AttemptConformance(Backend.SqliteMemory);

public sealed class SqliteFileHeartbeatTests() : HeartbeatConformance(Backend.SqliteFile);

public sealed class SqliteMemoryHeartbeatTests() : HeartbeatConformance(Backend.SqliteMemory);

public sealed class SqliteFileSagaTests() : SagaConformance(Backend.SqliteFile);

public sealed class SqliteMemorySagaTests() : SagaConformance(Backend.SqliteMemory);

public sealed class SqliteFileAttributeTests() : AttributeConformance(Backend.SqliteFile);

public sealed class SqliteMemoryAttributeTests() : AttributeConformance(Backend.SqliteMemory);

public sealed class SqliteFileStateTests() : StateConformance(Backend.SqliteFile);

public sealed class SqliteMemoryStateTests() : StateConformance(Backend.SqliteMemory);

public sealed class SqliteFileHangTests() : HangConformance(Backend.SqliteFile);

public sealed class SqliteMemoryHangTests() : HangConformance(Backend.SqliteMemory);

public sealed class SqliteFileMistakeTests() : MistakeConformance(Backend.SqliteFile);

public sealed class SqliteMemoryMistakeTests() : MistakeConformance(Backend.SqliteMemory);

public sealed class SqliteFileOutcomeTests() : OutcomeConformance(Backend.SqliteFile);

public sealed class SqliteMemoryOutcomeTests() : OutcomeConformance(Backend.SqliteMemory);

public sealed class SqliteFileQueuedStepTests() : QueuedStepConformance(Backend.SqliteFile);

public sealed class SqliteMemoryQueuedStepTests() : QueuedStepConformance(Backend.SqliteMemory);

public sealed class SqliteFileLastTurnTests() : LastTurnConformance(Backend.SqliteFile);

public sealed class SqliteMemoryLastTurnTests() : LastTurnConformance(Backend.SqliteMemory);

public sealed class SqliteFileLongListTests() : LongListConformance(Backend.SqliteFile);

public sealed class SqliteMemoryLongListTests() : LongListConformance(Backend.SqliteMemory);

public sealed class SqliteFileSharedWorkTests() : SharedWorkConformance(Backend.SqliteFile);

public sealed class SqliteFileStallTests() : StallConformance(Backend.SqliteFile);

public sealed class SqliteMemoryStallTests() : StallConformance(Backend.SqliteMemory);

public sealed class SqliteFileUnreadableTests() : UnreadableConformance(Backend.SqliteFile);

public sealed class SqliteMemoryUnreadableTests() : UnreadableConformance(Backend.SqliteMemory);

public sealed class SqliteFileDeployTests() : DeployConformance(Backend.SqliteFile);

public sealed class SqliteFileWebHostTests() : WebHostConformance(Backend.SqliteFile);

public sealed class SqliteMemoryWebHostTests() : WebHostConformance(Backend.SqliteMemory);
