namespace EtlTools.Engine.Extract.Csv;

/// <summary>
/// Finds the beginning and end of records in UTF-8 bytes. LF, CRLF or CR outside quotes ends a record, or the given line end. Without a
/// given one, a record with another line end than the first is marked, because it may be one half of a record with a line end in it. A
/// quote opens only at the start of a field, and an escaped one inside a quoted field is text. Comment lines and lines before the header
/// are skipped. If a quote does not close its field properly, the damage is limited to the line on which that field began, and reading
/// resumes on the next line. Bytes are not scanned twice when more arrive.
/// </summary>
internal sealed class CsvScanner(CsvDialect dialect, int maxFieldBytes, int maxRecordBytes)
{
    private const byte Cr = (byte)'\r';
    private const byte Lf = (byte)'\n';
    private const int None = int.MinValue;

    // Positions are indexes of the data; Rebase moves them.
    private StructuralByteFinder _marks = new(dialect.Quote == CsvDialect.None ? Lf : (byte)dialect.Quote, Cr, Lf);
    private int _next;
    private int _quoteOpened;
    private int _fieldStart;
    private int _lastCr = None;
    private bool _inQuotes;
    private bool _ignoresQuotes;
    private int _linesInRecord;
    private int _linesAtQuote;
    private int _linesToSkip;
    private bool _isBehindOther;
    private bool _hasOtherColumns;

    /// <summary>The records found so far.</summary>
    public FrameList Frames { get; } = new();

    /// <summary>The beginning of the record that has not ended yet.</summary>
    public int RecordStart { get; private set; }

    /// <summary>The line on which that record begins.</summary>
    public long Line { get; private set; } = 1;

    /// <summary>The line end of records: the given one, or that of the first record; Auto until it is known.</summary>
    public CsvNewLine Usual { get; set; } = dialect.NewLine;

    /// <summary>True while the rest of a line is skipped.</summary>
    public bool IsSkipping { get; private set; }

    /// <summary>Starts.</summary>
    /// <param name="at">The first byte, after a byte order mark.</param>
    /// <param name="line">Its line, from 1.</param>
    /// <param name="linesToSkip">Lines to skip first.</param>
    public void Begin(int at, long line, int linesToSkip)
    {
        RecordStart = _next = at;
        Line = line;
        _linesToSkip = linesToSkip;
    }

    /// <summary>The first bytes of the data have been removed.</summary>
    public void Rebase(int by)
    {
        _marks.Rebase(by);
        RecordStart -= by;
        _next -= by;
        _quoteOpened -= by;
        _fieldStart -= by;
        if (_lastCr != None)
            _lastCr -= by;
    }

    /// <summary>Drops the skipped bytes.</summary>
    public void DropSkipped()
    {
        if (IsSkipping)
            RecordStart = _next;
    }

    /// <summary>Finds records until there are enough, or the data ends.</summary>
    /// <param name="data">All bytes that have not been removed.</param>
    /// <param name="ended">Whether no more will arrive.</param>
    /// <param name="maxRecords">How many records are enough.</param>
    /// <param name="maxBytes">How many bytes of records are enough.</param>
    public void Scan(ReadOnlySpan<byte> data, bool ended, int maxRecords, int maxBytes)
    {
        int found = 0;
        while (ScanNext(data, ended))
        {
            if (Frames.Count == found)
                continue;
            found = Frames.Count;
            if (found >= maxRecords || Frames.Extent >= maxBytes)
                return;
        }
    }

    /// <summary>Goes to the next special byte.</summary>
    /// <returns>False if there is none.</returns>
    private bool ScanNext(ReadOnlySpan<byte> data, bool ended)
    {
        if (_next == RecordStart && !IsSkipping && !TryBeginRecord(data, ended))
            return false;
        int at = _marks.Find(data, _next);
        int limit = RecordStart + maxRecordBytes;
        if (_inQuotes)
            limit = Math.Min(limit, _quoteOpened + maxFieldBytes);
        if (!IsSkipping && at > limit)
        {
            if (_inQuotes)
                EndUnclosed(data[..(limit + 1)]);
            else
                SkipLine(CsvFrameKind.TooLarge, RecordStart + maxRecordBytes);
            return true;
        }
        _next = at;
        if (at == data.Length)
            return ended && EndLast(data);
        return data[at] != dialect.Quote ? TryEndLine(data, at, ended)
            : _inQuotes ? TryClose(data, at, ended)
            : TryOpen(data, at);
    }

    private bool TryOpen(ReadOnlySpan<byte> data, int at)
    {
        if (!_ignoresQuotes && IsFieldStart(data, at))
        {
            _inQuotes = true;
            _quoteOpened = at;
            _linesAtQuote = _linesInRecord;
        }
        _next++;
        return true;
    }

    /// <summary>At the first byte of a line outside quotes: decides whether the line is skipped.</summary>
    /// <returns>False if more bytes are needed.</returns>
    private bool TryBeginRecord(ReadOnlySpan<byte> data, bool ended)
    {
        ReadOnlySpan<byte> line = data[RecordStart..];
        if (_linesToSkip == 0 && dialect.Comment.Length == 0)
            return true;
        if (_linesToSkip == 0 && !ended && line.Length < dialect.Comment.Length && dialect.Comment.AsSpan().StartsWith(line))
            return false;
        bool isComment = _linesToSkip == 0 && line.StartsWith(dialect.Comment);
        if (isComment && dialect.FieldsLine.Length > 0 && !TryReadFieldsLine(line, ended))
            return false;
        IsSkipping = _ignoresQuotes = _linesToSkip > 0 || isComment;
        return true;
    }

    /// <summary>Checks whether a comment line names other columns than the header.</summary>
    /// <returns>False if the line is not complete yet.</returns>
    private bool TryReadFieldsLine(ReadOnlySpan<byte> rest, bool ended)
    {
        int end = rest.IndexOfAny(Cr, Lf);
        if (end < 0 && !ended && rest.Length < CsvFramer.ReadSize / 4)
            return false;
        ReadOnlySpan<byte> line = end < 0 ? rest : rest[..end];
        if (line.StartsWith(CsvPreamble.FieldsMark))
            _hasOtherColumns = !line.SequenceEqual(dialect.FieldsLine);
        return true;
    }

    private bool IsFieldStart(ReadOnlySpan<byte> data, int at)
    {
        while (dialect.Trim && at > RecordStart && dialect.IsTrimmed(data[at - 1]))
            at--;
        return at == RecordStart
            || (dialect.EndsInDelimiter(data[RecordStart..at]) && (!dialect.DelimiterOverlapsItself || IsBehindDelimiter(data, at)));
    }

    /// <summary>Whether the delimiter that ends here is one, if delimiters are counted from the beginning of the field.</summary>
    private bool IsBehindDelimiter(ReadOnlySpan<byte> data, int at)
    {
        _fieldStart = Math.Max(_fieldStart, RecordStart);
        while (data[_fieldStart..at].IndexOf(dialect.Delimiter) is >= 0 and var distance)
            _fieldStart += distance + dialect.Delimiter.Length;
        return _fieldStart == at;
    }

    /// <summary>A quote inside a quoted field, whose meaning depends on what follows.</summary>
    /// <returns>False if that has not arrived yet.</returns>
    private bool TryClose(ReadOnlySpan<byte> data, int at, bool ended)
    {
        int after = at + 1;
        if (!dialect.DoublesQuotes && dialect.IsEscaped(data, _quoteOpened, at))
        {
            _next = after;
            return true;
        }
        if (after == data.Length && !ended)
            return false;
        if (dialect.DoublesQuotes && after < data.Length && data[after] == dialect.Quote)
        {
            _next = after + 1;
            return true;
        }
        while (after < data.Length && dialect.IsTrimmed(data[after]))
            after++;
        if (after == data.Length ? ended : data[after] is Lf or Cr || dialect.IsDelimiter(data, after))
        {
            _inQuotes = false;
            _next++;
            if (dialect.DelimiterOverlapsItself && after < data.Length && data[after] is not (Lf or Cr))
                _fieldStart = after + dialect.Delimiter.Length;
        }
        else if (!ended && dialect.Delimiter.StartsWith(data[after..]))
        {
            return false;
        }
        else if (_linesInRecord > _linesAtQuote)
        {
            // Lines after the beginning of the field, this is more likely the opening quote of another field.
            EndUnclosed(data[..at]);
        }
        else
        {
            _inQuotes = false;
            _ignoresQuotes = true;
            _next++;
        }
        return true;
    }

    /// <summary>At a CR or LF: decides whether it ends the line.</summary>
    /// <returns>False if more bytes are needed.</returns>
    private bool TryEndLine(ReadOnlySpan<byte> data, int at, bool ended)
    {
        bool isLf = data[at] == Lf;
        if (isLf && _lastCr == at - 1)
        {
            _next = at + 1;
            if (!_inQuotes)
            {
                Frames.Extend(at);
                RecordStart = at + 1;
            }
            return true;
        }
        if (_inQuotes)
        {
            _lastCr = isLf ? None : at;
            _linesInRecord++;
            _next = at + 1;
            return true;
        }
        // If it does not matter what follows a CR, the record is returned at once.
        bool matters = !isLf && (Usual != CsvNewLine.Cr || dialect.EscapesAll);
        if (matters && at + 1 == data.Length && !ended)
            return false;
        bool isPair = matters && at + 1 < data.Length && data[at + 1] == Lf;
        // The file may end between the two, because it was cut off there, or is still being written.
        bool isHalf = matters && dialect.NewLine == CsvNewLine.Auto && Usual == CsvNewLine.CrLf && at + 1 == data.Length;
        CsvNewLine kind = isPair || isHalf ? CsvNewLine.CrLf : isLf ? CsvNewLine.Lf : CsvNewLine.Cr;
        int end = at + (isPair ? 2 : 1);
        if (!IsSkipping && dialect.EscapesAll && dialect.IsEscaped(data, RecordStart - 1, at))
            PassOver(end);
        else if (!Ends(kind))
            PassOver(at + 1);
        else
            EndLine(data, at, end, kind);
        return true;
    }

    /// <summary>Whether a line end of this kind is a line end at all.</summary>
    private bool Ends(CsvNewLine kind) => dialect.NewLine switch
    {
        CsvNewLine.Auto => true,
        CsvNewLine.Lf => kind is CsvNewLine.Lf or CsvNewLine.CrLf,
        CsvNewLine named => kind == named,
    };

    /// <summary>The line end is text.</summary>
    private void PassOver(int end)
    {
        _linesInRecord++;
        _next = end;
    }

    private void EndLine(ReadOnlySpan<byte> data, int at, int end, CsvNewLine kind)
    {
        _lastCr = kind == CsvNewLine.Cr ? at : None;
        if (!IsSkipping)
        {
            if (Usual == CsvNewLine.Auto && at > RecordStart)
                Usual = kind;
            // In a file with LF, a CR before it is accepted; any other line end may be inside a line.
            bool isOther = dialect.NewLine == CsvNewLine.Auto && Usual != CsvNewLine.Auto && kind != Usual && (kind, Usual) is not (CsvNewLine.CrLf, CsvNewLine.Lf);
            if (at > RecordStart && !IsNoRow(data[RecordStart..at]))
                AddFrame(isOther || _isBehindOther ? CsvFrameKind.OtherLineEnd : CsvFrameKind.Good, end);
            _isBehindOther = isOther;
        }
        Line += _linesInRecord + 1;
        if (_linesToSkip > 0)
            _linesToSkip--;
        _next = end;
        BeginRecord(end);
    }

    /// <summary>Whether a line contains only blanks, which are trimmed, or is the mark \. behind the last row of PostgreSQL's COPY.</summary>
    private bool IsNoRow(ReadOnlySpan<byte> line)
    {
        if (dialect.EscapesAll && line.SequenceEqual("\\."u8))
            return true;
        if (!dialect.Trim)
            return false;
        foreach (byte b in line)
        {
            if (!dialect.IsTrimmed(b))
                return false;
        }
        return true;
    }

    private void BeginRecord(int at)
    {
        RecordStart = at;
        IsSkipping = false;
        _inQuotes = false;
        _ignoresQuotes = false;
        _linesInRecord = 0;
    }

    /// <summary>
    /// The quote is not closed, so the record ends with the line on which it opened. This does not cause repeated scanning: between that
    /// quote and here there are only doubled quotes, so no other line leaves a quote open.
    /// </summary>
    private void EndUnclosed(ReadOnlySpan<byte> searched)
    {
        int distance = searched[_quoteOpened..].IndexOfAny(Cr, Lf);
        if (distance < 0)
        {
            SkipLine(CsvFrameKind.UnclosedQuote, searched.Length);
            return;
        }
        int end = _quoteOpened + distance;
        AddFrame(CsvFrameKind.UnclosedQuote, end + 1);
        Line += _linesAtQuote + 1;
        _lastCr = searched[end] == Cr ? end : None;
        _next = end + 1;
        BeginRecord(_next);
    }

    /// <summary>The record is too long; everything up to the next line is skipped.</summary>
    private void SkipLine(CsvFrameKind kind, int end)
    {
        AddFrame(kind, end);
        IsSkipping = true;
        _inQuotes = false;
        _ignoresQuotes = true;
    }

    private bool EndLast(ReadOnlySpan<byte> data)
    {
        bool isOpen = !IsSkipping && RecordStart < data.Length;
        // If the last line has its line end, an open quote is damage, rather than a writer at work.
        if (isOpen && data[^1] is not (Lf or Cr))
            Frames.MarkUnfinished();
        if (isOpen && _inQuotes)
        {
            EndUnclosed(data);
            return true;
        }
        if (isOpen && !IsNoRow(data[RecordStart..]))
            AddFrame(_isBehindOther ? CsvFrameKind.OtherLineEnd : CsvFrameKind.Good, data.Length);
        BeginRecord(data.Length);
        return false;
    }

    private void AddFrame(CsvFrameKind kind, int end)
    {
        if (kind == CsvFrameKind.Good && _hasOtherColumns)
            kind = CsvFrameKind.OtherColumns;
        int length = end - RecordStart;
        Frames.Add(RecordStart, kind == CsvFrameKind.Good ? length : Math.Min(length, CsvFrame.MaxRawBytes), Line, kind);
    }
}
