namespace EtlTools.Engine.Records;

/// <summary>The codes of failed records. They are stable: scripts compare them.</summary>
internal static class ErrorCodes
{
    /// <summary>A row after a line whose columns differ from the header.</summary>
    public const string ColumnsChanged = nameof(ColumnsChanged);

    /// <summary>A row with another line end than the file's first row.</summary>
    public const string LineEndMismatch = nameof(LineEndMismatch);

    /// <summary>The row has fewer fields than the header.</summary>
    public const string TooFewFields = nameof(TooFewFields);

    /// <summary>The row has more fields than the header.</summary>
    public const string TooManyFields = nameof(TooManyFields);

    /// <summary>The row breaks the quoting rules of CSV.</summary>
    public const string MalformedRow = nameof(MalformedRow);

    /// <summary>A quote was opened and not closed at the end of a field, within the size limit of a record.</summary>
    public const string UnclosedQuote = nameof(UnclosedQuote);

    /// <summary>The row is longer than the limit.</summary>
    public const string RecordTooLarge = nameof(RecordTooLarge);

    /// <summary>A field is longer than the limit.</summary>
    public const string FieldTooLarge = nameof(FieldTooLarge);

    /// <summary>The row's bytes are not text in the file's encoding.</summary>
    public const string InvalidBytes = nameof(InvalidBytes);

    /// <summary>A line of a dead-letter file that is not a dead letter.</summary>
    public const string MalformedLetter = nameof(MalformedLetter);

    /// <summary>The item is not valid JSON.</summary>
    public const string InvalidJson = nameof(InvalidJson);

    /// <summary>The item is JSON, but not an object with named members.</summary>
    public const string NotAnObject = nameof(NotAnObject);

    /// <summary>The item has a name twice.</summary>
    public const string DuplicateName = nameof(DuplicateName);

    /// <summary>The service refused the record's call.</summary>
    public const string CallRefused = nameof(CallRefused);

    /// <summary>The record's call failed at every attempt.</summary>
    public const string CallFailed = nameof(CallFailed);

    /// <summary>The service did not answer within the time that the record could wait.</summary>
    public const string ServiceUnavailable = nameof(ServiceUnavailable);

    /// <summary>A value does not have the type of its column.</summary>
    public const string ConversionFailed = nameof(ConversionFailed);

    /// <summary>A required column is missing, null or empty.</summary>
    public const string RequiredMissing = nameof(RequiredMissing);

    /// <summary>A text is longer than its rule allows.</summary>
    public const string MaxLengthExceeded = nameof(MaxLengthExceeded);

    /// <summary>A required text is missing, null, blank, or not a text.</summary>
    public const string RequiredStringMissing = nameof(RequiredStringMissing);

    /// <summary>A text is shorter than its rule requires.</summary>
    public const string MinLengthNotReached = nameof(MinLengthNotReached);

    /// <summary>A value is outside its range.</summary>
    public const string OutOfRange = nameof(OutOfRange);

    /// <summary>A text does not match its pattern.</summary>
    public const string PatternMismatch = nameof(PatternMismatch);

    /// <summary>A value is not one of the allowed ones.</summary>
    public const string ValueNotAllowed = nameof(ValueNotAllowed);

    /// <summary>An earlier record has the same value in a column that must be unique.</summary>
    public const string DuplicateValue = nameof(DuplicateValue);

    /// <summary>A script block threw, or wrote an error.</summary>
    public const string ScriptFailed = nameof(ScriptFailed);

    /// <summary>A script block took longer than allowed.</summary>
    public const string ScriptTimedOut = nameof(ScriptTimedOut);

    /// <summary>The object piped in could not be read as a record.</summary>
    public const string NotARecord = nameof(NotARecord);

    /// <summary>A key column is null or missing.</summary>
    public const string KeyIsNull = nameof(KeyIsNull);

    /// <summary>The record has a column that the target table lacks.</summary>
    public const string UnknownColumn = nameof(UnknownColumn);

    /// <summary>A value does not fit the type of the target column.</summary>
    public const string TargetTypeMismatch = nameof(TargetTypeMismatch);

    /// <summary>A null for a target column that does not allow it.</summary>
    public const string NotNullViolation = nameof(NotNullViolation);

    /// <summary>A value that another row of the target already has in a unique column.</summary>
    public const string UniqueViolation = nameof(UniqueViolation);

    /// <summary>The target lacks the row to which a foreign key refers.</summary>
    public const string ForeignKeyViolation = nameof(ForeignKeyViolation);

    /// <summary>A check constraint of the target refused the row.</summary>
    public const string CheckViolation = nameof(CheckViolation);

    /// <summary>The column that a load watches is null.</summary>
    public const string WatermarkIsNull = nameof(WatermarkIsNull);

    /// <summary>The target was unavailable, and the run continues without the record.</summary>
    public const string TargetUnavailable = nameof(TargetUnavailable);

    /// <summary>The database refused the row for another reason, which the message identifies by its code.</summary>
    public const string RowRejected = nameof(RowRejected);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } =
        [.. typeof(ErrorCodes).GetFields().Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!)];
}
