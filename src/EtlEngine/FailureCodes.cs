namespace EtlTools.Engine;

/// <summary>The ids of failures that are not about one record. They are stable: scripts compare them.</summary>
internal static class FailureCodes
{
    /// <summary>A warning: two delimiters fit a file.</summary>
    public const string DelimiterInDoubt = nameof(DelimiterInDoubt);

    /// <summary>A warning: files give a column different inferred types.</summary>
    public const string TypeInDoubt = nameof(TypeInDoubt);

    /// <summary>The rows of a file have fields under another delimiter only.</summary>
    public const string WrongDelimiter = nameof(WrongDelimiter);

    /// <summary>A path that does not exist.</summary>
    public const string FileNotFound = nameof(FileNotFound);

    /// <summary>A file that is there and must not be replaced.</summary>
    public const string FileExists = nameof(FileExists);

    /// <summary>A folder where a file was asked for.</summary>
    public const string PathIsFolder = nameof(PathIsFolder);

    /// <summary>A file or database that this user may not read or write.</summary>
    public const string AccessDenied = nameof(AccessDenied);

    /// <summary>Reading a file failed.</summary>
    public const string ReadFailed = nameof(ReadFailed);

    /// <summary>A file without any row where a header was needed.</summary>
    public const string EmptyFile = nameof(EmptyFile);

    /// <summary>A header row that breaks the format's rules.</summary>
    public const string InvalidHeader = nameof(InvalidHeader);

    /// <summary>A header with a name twice.</summary>
    public const string DuplicateHeader = nameof(DuplicateHeader);

    /// <summary>A parameter names a column that does not exist.</summary>
    public const string UnknownColumn = nameof(UnknownColumn);

    /// <summary>A type name that is not known.</summary>
    public const string UnknownType = nameof(UnknownType);

    /// <summary>A column of the target got a wider type, as -SchemaChange Evolve asks.</summary>
    public const string ColumnWidened = nameof(ColumnWidened);

    /// <summary>A warning: a service's answers replace values of the records.</summary>
    public const string ColumnOverwritten = nameof(ColumnOverwritten);

    /// <summary>A column of the target could not get the wider type that -SchemaChange Evolve asks for.</summary>
    public const string ColumnNotWidened = nameof(ColumnNotWidened);

    /// <summary>A parameter's value that cannot work.</summary>
    public const string InvalidParameter = nameof(InvalidParameter);

    /// <summary>A watermark of another source than those given, or a place in a source where no record begins.</summary>
    public const string WatermarkMismatch = nameof(WatermarkMismatch);

    /// <summary>A compressed file that becomes more than was allowed.</summary>
    public const string DecompressedTooLarge = nameof(DecompressedTooLarge);

    /// <summary>A rule file that is no rule file.</summary>
    public const string InvalidRuleFile = nameof(InvalidRuleFile);

    /// <summary>More different values than are remembered in a column that must be unique.</summary>
    public const string UniqueLimitReached = nameof(UniqueLimitReached);

    /// <summary>A worker's session could not be prepared as -InitializationScript or -ImportModule ask.</summary>
    public const string WorkerSetupFailed = nameof(WorkerSetupFailed);

    /// <summary>A connection string that cannot be used.</summary>
    public const string InvalidConnectionString = nameof(InvalidConnectionString);

    /// <summary>The target cannot be opened or does not answer.</summary>
    public const string TargetUnavailable = nameof(TargetUnavailable);

    /// <summary>The server has no such database, or does not open it for this login.</summary>
    public const string DatabaseNotFound = nameof(DatabaseNotFound);

    /// <summary>The table does not exist.</summary>
    public const string TableNotFound = nameof(TableNotFound);

    /// <summary>The target is not a table.</summary>
    public const string NotATable = nameof(NotATable);

    /// <summary>A key column is not a column of the target.</summary>
    public const string KeyColumnMissing = nameof(KeyColumnMissing);

    /// <summary>The target has no unique constraint on the key.</summary>
    public const string KeyNotUnique = nameof(KeyNotUnique);

    /// <summary>The target may only be read.</summary>
    public const string ReadOnlyTarget = nameof(ReadOnlyTarget);

    /// <summary>The target stayed locked or unreachable until the outage budget was spent.</summary>
    public const string OutageBudgetSpent = nameof(OutageBudgetSpent);

    /// <summary>A statement failed for a reason that is not about the row.</summary>
    public const string StatementFailed = nameof(StatementFailed);

    /// <summary>A load that needs its whole input has not got it.</summary>
    public const string InputIncomplete = nameof(InputIncomplete);

    /// <summary>The dead-letter file cannot be written.</summary>
    public const string DeadLetterFailed = nameof(DeadLetterFailed);

    /// <summary>The last line of a dead-letter file is not whole: its writer was killed, or is still writing.</summary>
    public const string TornDeadLetter = nameof(TornDeadLetter);

    /// <summary>More records failed than the call allows.</summary>
    public const string TooManyErrors = nameof(TooManyErrors);

    /// <summary>A name that no watermark has.</summary>
    public const string WatermarkNotFound = nameof(WatermarkNotFound);

    /// <summary>Another run writes the watermark of the same name.</summary>
    public const string WatermarkInUse = nameof(WatermarkInUse);

    /// <summary>The records are not in the order of a source, so that no position can stand for those before it.</summary>
    public const string WatermarkImpossible = nameof(WatermarkImpossible);

    /// <summary>A log or a metrics file cannot be written.</summary>
    public const string TelemetryFailed = nameof(TelemetryFailed);

    /// <summary>A report cannot be written.</summary>
    public const string ReportFailed = nameof(ReportFailed);

    /// <summary>The run was dropped: what was not committed is not done.</summary>
    public const string RunDropped = nameof(RunDropped);

    /// <summary>There is no such run.</summary>
    public const string RunNotFound = nameof(RunNotFound);

    /// <summary>Something happened that this module does not expect: a defect of it.</summary>
    public const string Unexpected = nameof(Unexpected);

    /// <summary>A script block did not end when it was told to stop.</summary>
    public const string WorkerAbandoned = nameof(WorkerAbandoned);

    /// <summary>A service does not answer, or answers that it cannot.</summary>
    public const string ServiceUnavailable = nameof(ServiceUnavailable);

    /// <summary>A service answered that it does not do what was asked: a status of 4xx.</summary>
    public const string RequestRefused = nameof(RequestRefused);

    /// <summary>A service or a proxy did not take the credentials.</summary>
    public const string AuthenticationFailed = nameof(AuthenticationFailed);

    /// <summary>A host name that nobody has.</summary>
    public const string HostNotFound = nameof(HostNotFound);

    /// <summary>No secure connection to a service.</summary>
    public const string TlsFailed = nameof(TlsFailed);

    /// <summary>A redirect or a link to another host.</summary>
    public const string CrossHostRefused = nameof(CrossHostRefused);

    /// <summary>An answer or a file that is longer than allowed.</summary>
    public const string ResponseTooLarge = nameof(ResponseTooLarge);

    /// <summary>An answer or a file that is not JSON.</summary>
    public const string NotJson = nameof(NotJson);

    /// <summary>The place where items should be does not exist.</summary>
    public const string ItemsNotFound = nameof(ItemsNotFound);

    /// <summary>A service gives the same page again, or pages without end.</summary>
    public const string PageLoop = nameof(PageLoop);

    /// <summary>A page has nothing where the next one should be found.</summary>
    public const string NextPageUnknown = nameof(NextPageUnknown);

    /// <summary>A good answer says in itself that the service failed.</summary>
    public const string AnswerHasErrors = nameof(AnswerHasErrors);

    /// <summary>A page is not the same when it is asked for again, so that it is unknown what was read of it.</summary>
    public const string PageChanged = nameof(PageChanged);

    /// <summary>A breaker that the session does not have.</summary>
    public const string BreakerNotFound = nameof(BreakerNotFound);

    /// <summary>The counts of a run do not add up: a defect of this module.</summary>
    public const string CountsDoNotAddUp = nameof(CountsDoNotAddUp);

    /// <summary>A file that is an archive, or compressed in a way that is not read.</summary>
    public const string UnsupportedFormat = nameof(UnsupportedFormat);

    /// <summary>A load cannot be shared: which share a process has is not known for sure, or the target does not allow it.</summary>
    public const string PartitionImpossible = nameof(PartitionImpossible);

    /// <summary>A share sees something else than the others: another number of shares, other inputs, another key.</summary>
    public const string PartitionMismatch = nameof(PartitionMismatch);
}
