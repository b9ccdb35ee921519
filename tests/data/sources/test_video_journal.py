"""Which frames damage reaches, by what became of the packets of a video."""

from __future__ import annotations

import av.logging

from v2v_tf.data.sources.video_journal import (
    Journal,
    Listener,
    PacketNote,
    tells_in_log_alone,
)


def _journal(kinds: str, times: list[int] | None = None) -> Journal:
    """Makes a journal: K for a keyframe, p for another, in capitals X where damaged."""
    return Journal(
        [
            PacketNote(
                times[index] if times else index,
                is_key=kind in "KX",
                promises=kind != "-",
                damaged=kind in "Xx",
                frame_is_key=None if kind in "-?" else kind in "KX",
            )
            for index, kind in enumerate(kinds)
        ]
    )


def test_damage_goes_on_until_a_keyframe_that_is_whole():
    assert _journal("KpxppXppKpp").suspects() == {2, 3, 4, 5, 6, 7}
    assert _journal("KppppKpx").suspects() == {7}
    assert _journal("KppKpp").suspects() == set()


def test_frames_shown_before_a_keyframe_lean_on_what_came_before_it():
    #          K  x  p  K, two that are shown before it, and one after
    journal = _journal("KxpKppp", [0, 2, 1, 6, 4, 5, 7])
    assert journal.suspects() == {1, 2, 4, 5}
    # After a jump back in time, as where files are joined, nothing leans any more.
    joined = _journal("KxKppKp", [0, 1, 2, 3, 4, 0, 1])
    assert joined.suspects() == {1}


def test_where_each_frame_stands_for_itself_damage_stays_in_one():
    journal = _journal("KxKKXK")
    journal.intra = True
    assert journal.suspects() == {1, 4}


def test_keyframes_of_the_decoder_count_more_than_those_of_the_file():
    journal = _journal("KxppKp")
    for packet in journal.packets:
        packet.is_key = True
    assert journal.suspects() == {1, 2, 3}


def test_packets_without_a_frame_make_a_gap_and_empty_ones_none():
    journal = _journal("KK?K-K")
    journal.intra = True
    assert journal.gaps([0, 1, 3, 5]) == [2]
    # Where frames build on others, a packet may hold what is never shown.
    hidden = _journal("Kp?pp")
    assert hidden.gaps([0, 1, 3, 4]) == []
    hidden.packets[2].skipped = True
    assert hidden.gaps([0, 1, 3, 4]) == [2]
    hidden.packets[4].follows_loss = True
    assert hidden.gaps([0, 1, 3, 4]) == [2, 3]
    start = _journal("??-Kp")
    assert start.gaps([3, 4]) == [] and start.missing_at_start([3, 4]) == 2


def test_errors_of_the_log_are_heard_and_the_log_is_silent_again(caplog):
    assert av.logging.get_level() is None
    listener = Listener()
    for _ in range(2):
        with listener:
            av.logging.log(av.logging.ERROR, "ffv1", "slice CRC mismatch 4A!")
        assert listener.tells_of_damage and listener.tells_of_loss
    with listener:
        av.logging.log(av.logging.WARNING, "mjpeg", "EOI missing, emulating")
    assert not listener.tells_of_damage
    with listener:
        av.logging.log(av.logging.ERROR, "mjpeg", "unable to decode APP fields: -1")
    assert not listener.tells_of_damage
    assert av.logging.get_level() is None and not caplog.records


def test_decoders_that_mark_their_frames_are_not_listened_to():
    told = [name for name in ("h264", "ffv1", "libdav1d") if tells_in_log_alone(name)]
    assert told == ["ffv1"]
