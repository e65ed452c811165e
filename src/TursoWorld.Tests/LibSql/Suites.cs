using TursoWorld.Tests.Contract;
using TursoWorld.Tests.Programs;
using TursoWorld.Tests.Support;
using TursoWorld.Tests.Workflows;

namespace TursoWorld.Tests.LibSql;

public sealed class LibSqlAttemptTests() : AttemptConformance(Backend.LibSqlServer);

public sealed class LibSqlAttributeTests() : AttributeConformance(Backend.LibSqlServer);

public sealed class LibSqlBackupTests() : BackupConformance(Backend.LibSqlServer);

public sealed class LibSqlCancelTests() : CancelConformance(Backend.LibSqlServer);

public sealed class LibSqlChildTests() : ChildConformance(Backend.LibSqlServer);

public sealed class LibSqlChildFaultTests() : ChildFaultConformance(Backend.LibSqlServer);

public sealed class LibSqlClaimAheadTests() : ClaimAheadConformance(Backend.LibSqlServer);

public sealed class LibSqlClassTests() : ClassConformance(Backend.LibSqlServer);

public sealed class LibSqlCodecTests() : CodecConformance(Backend.LibSqlServer);

public sealed class LibSqlContinueTests() : ContinueConformance(Backend.LibSqlServer);

public sealed class LibSqlDeliveryTests() : DeliveryConformance(Backend.LibSqlServer);

public sealed class LibSqlEndedRunTests() : EndedRunConformance(Backend.LibSqlServer);

public sealed class LibSqlExpiryTests() : ExpiryConformance(Backend.LibSqlServer);

public sealed class LibSqlFaultTests() : FaultConformance(Backend.LibSqlServer);

public sealed class LibSqlForEachTests() : ForEachConformance(Backend.LibSqlServer);

public sealed class LibSqlForeignAwaitTests() : ForeignAwaitConformance(Backend.LibSqlServer);

public sealed class LibSqlGivenBackTests() : GivenBackConformance(Backend.LibSqlServer);

public sealed class LibSqlHangTests() : HangConformance(Backend.LibSqlServer);

public sealed class LibSqlHurryTests() : HurryConformance(Backend.LibSqlServer);

public sealed class LibSqlHealthTests() : HealthConformance(Backend.LibSqlServer);

public sealed class LibSqlHeartbeatTests() : HeartbeatConformance(Backend.LibSqlServer);

public sealed class LibSqlHookTests() : HookConformance(Backend.LibSqlServer);

public sealed class LibSqlHookEventTests() : HookEventConformance(Backend.LibSqlServer);

public sealed class LibSqlInlineOutcomeTests() : StepOutcomeConformance(Backend.LibSqlServer, StepMode.Inline);

public sealed class LibSqlIntegrityTests() : IntegrityConformance(Backend.LibSqlServer);

public sealed class LibSqlListTests() : ListConformance(Backend.LibSqlServer);

public sealed class LibSqlLongRunTests() : LongRunConformance(Backend.LibSqlServer);

public sealed class LibSqlLostAnswerTests() : LostAnswerConformance(Backend.LibSqlServer);

public sealed class LibSqlMistakeTests() : MistakeConformance(Backend.LibSqlServer);

public sealed class LibSqlMovedLogTests() : MovedLogConformance(Backend.LibSqlServer);

public sealed class LibSqlOnboardingTests() : OnboardingConformance(Backend.LibSqlServer);

public sealed class LibSqlOutcomeTests() : OutcomeConformance(Backend.LibSqlServer);

public sealed class LibSqlPauseTests() : PauseConformance(Backend.LibSqlServer);

public sealed class LibSqlQueueTests() : QueueConformance(Backend.LibSqlServer);

public sealed class LibSqlProgramTests() : ProgramConformance(Backend.LibSqlServer);

public sealed class LibSqlQueueFaultTests() : QueueFaultConformance(Backend.LibSqlServer);

public sealed class LibSqlQueueUpkeepTests() : QueueUpkeepConformance(Backend.LibSqlServer);

public sealed class LibSqlQueuedOutcomeTests() : StepOutcomeConformance(Backend.LibSqlServer, StepMode.Queued);

public sealed class LibSqlQueuedStepTests() : QueuedStepConformance(Backend.LibSqlServer);

public sealed class LibSqlRaceTests() : RaceConformance(Backend.LibSqlServer);

public sealed class LibSqlReceiveTests() : ReceiveConformance(Backend.LibSqlServer);

public sealed class LibSqlRecipeTests() : RecipeConformance(Backend.LibSqlServer);

public sealed class LibSqlRestartTests() : RestartConformance(Backend.LibSqlServer);

public sealed class LibSqlRetentionTests() : RetentionConformance(Backend.LibSqlServer);

public sealed class LibSqlRunTests() : RunConformance(Backend.LibSqlServer);

public sealed class LibSqlRunEventTests() : RunEventConformance(Backend.LibSqlServer);

public sealed class LibSqlSagaTests() : SagaConformance(Backend.LibSqlServer);

public sealed class LibSqlScopeTests() : ScopeConformance(Backend.LibSqlServer);

public sealed class LibSqlSerializationTests() : SerializationConformance(Backend.LibSqlServer);

public sealed class LibSqlServiceTests() : ServiceConformance(Backend.LibSqlServer);

public sealed class LibSqlSignUpTests() : SignUpConformance(Backend.LibSqlServer);

public sealed class LibSqlFakeClockTests() : FakeClockConformance(Backend.LibSqlServer);

public sealed class LibSqlClockSetAheadTests() : ClockSetAheadConformance(Backend.LibSqlServer);

public sealed class LibSqlClockSetBackTests() : ClockSetBackConformance(Backend.LibSqlServer);

public sealed class LibSqlSleepTests() : SleepConformance(Backend.LibSqlServer);

public sealed class LibSqlStateTests() : StateConformance(Backend.LibSqlServer);

public sealed class LibSqlStepTests() : StepConformance(Backend.LibSqlServer);

public sealed class LibSqlStepClassTests() : StepClassConformance(Backend.LibSqlServer);

public sealed class LibSqlStepEventTests() : StepEventConformance(Backend.LibSqlServer);

public sealed class LibSqlStreamTests() : StreamConformance(Backend.LibSqlServer);

public sealed class LibSqlDefaultRetryTests() : DefaultRetryConformance(Backend.LibSqlServer);

public sealed class LibSqlRunKeyTests() : RunKeyConformance(Backend.LibSqlServer);

public sealed class LibSqlStreamEndTests() : StreamEndConformance(Backend.LibSqlServer);

public sealed class LibSqlStreamDeletionTests() : StreamDeletionConformance(Backend.LibSqlServer);

public sealed class LibSqlTimeoutTests() : TimeoutConformance(Backend.LibSqlServer);

public sealed class LibSqlTransactionTests() : TransactionConformance(Backend.LibSqlServer);

public sealed class LibSqlValueTests() : ValueConformance(Backend.LibSqlServer);

public sealed class LibSqlLastTurnTests() : LastTurnConformance(Backend.LibSqlServer);

public sealed class LibSqlLongListTests() : LongListConformance(Backend.LibSqlServer);

public sealed class LibSqlSharedWorkTests() : SharedWorkConformance(Backend.LibSqlServer);

public sealed class LibSqlPayloadSizeTests() : PayloadSizeConformance(Backend.LibSqlServer);

public sealed class LibSqlStallTests() : StallConformance(Backend.LibSqlServer);

public sealed class LibSqlUnreadableTests() : UnreadableConformance(Backend.LibSqlServer);

public sealed class LibSqlDeployTests() : DeployConformance(Backend.LibSqlServer);

public sealed class LibSqlWebHostTests() : WebHostConformance(Backend.LibSqlServer);
